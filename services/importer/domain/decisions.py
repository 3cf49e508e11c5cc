"""What an administrator decided of an ambiguous match, remembered by the source's identity."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from services.importer.domain.change import SOURCE_KEY, ChangeKind, Reason
from services.importer.domain.keys import GIVEN_AGAIN, keys_of
from services.importer.domain.labels import full_name, named_in
from services.importer.domain.mistaken import Mistaken
from services.importer.domain.normalise import bare_group, bare_name
from services.importer.domain.roster import Fields, Group, Person
from shared.roster.document import GroupKind, GroupRecord, PersonRecord, PersonRole

Row = TypeVar("Row", Person, Group)
Rec = TypeVar("Rec", PersonRecord, GroupRecord)


class Verdict(StrEnum):
    """What was decided: it is this person or group, it is a new one, or leave it out."""

    SAME = "same"
    NEW = "new"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict; `subject_id` is whom or which it named, or who was made by it since.

    `label` is how the source named them then.
    """

    verdict: Verdict
    subject_id: UUID | None = None
    label: str | None = None


Decisions = Mapping[str, Decision]
_ALL = frozenset(Verdict)
# Two records of one key cannot be told apart by it, and nobody changes role by a decision.
_POSSIBLE: Mapping[Reason, frozenset[Verdict]] = {
    Reason.TWICE_IN_SOURCE: frozenset({Verdict.LEAVE}),
    Reason.ROLE_DIFFERS: frozenset({Verdict.LEAVE}),
    Reason.NUMBER_TAKEN: frozenset({Verdict.SAME, Verdict.LEAVE}),
    Reason.MATCHES_SEVERAL: _ALL,
    Reason.SEVERAL_MATCH_ONE: _ALL,
    Reason.KEYS_DISAGREE: _ALL,
    Reason.NAME_DIFFERS: _ALL,
    Reason.SAME_NAME: _ALL,
    # Whom a school wants back it says so of; and nobody asks of somebody new, but they may be left
    # out: from then on they are not offered any more.
    Reason.ERASED_BEFORE: frozenset({Verdict.NEW, Verdict.LEAVE}),
    Reason.NEW_IN_SOURCE: frozenset({Verdict.LEAVE}),
}


def source_identity(record: PersonRecord) -> str | None:
    """How the source names somebody from one import to the next, by its strongest key.

    None when it has no key at all: then nothing about them can be remembered.
    """
    return _person_identity(record.role, record.key, record.fields)


def _person_identity(role: PersonRole, key: str | None, fields: Fields) -> str | None:
    found = next(iter(keys_of(role, key, fields)), None)
    return f"{role}:{found[0]}:{found[2].casefold()}" if found else None


def group_identity(record: GroupRecord, schooljaar: str) -> str:
    """How the source names a group: by its key, or else by its name within one schooljaar."""
    return _group_identity(record.group_kind, record.key, record.fields, schooljaar)


def _group_identity(kind: str, key: str | None, fields: Fields, schooljaar: str) -> str:
    if key is not None:
        return f"{kind}:key:{key.casefold()}"
    name, site = (fields.get(field) or "" for field in ("name", "vestiging_code"))
    return f"{kind}:name:{schooljaar}:{site}:{bare_group(name)}"


def identity_of_new(kind: ChangeKind, role: str, after: Fields) -> str | None:
    """The same of who or what a plan would add, by the values it would have."""
    key = after.get(SOURCE_KEY)
    if kind is ChangeKind.PERSON:
        return _person_identity(PersonRole(role), key, after)
    return _group_identity(role, key, after, after.get("schooljaar") or "")


def possible_verdicts(
    reason: Reason, identity: str | None, *, is_key_held: bool
) -> frozenset[Verdict]:
    """What may be decided of a row; a key that somebody has cannot make a new person."""
    if identity is None:
        return frozenset()
    held = frozenset({Verdict.NEW}) if is_key_held else frozenset[Verdict]()
    return _POSSIBLE.get(reason, frozenset()) - held


@dataclass
class Decided(Generic[Row, Rec]):
    """The records of a document, as far as they are decided; `open` are the others."""

    same: dict[str, Row] = field(default_factory=dict)
    new: list[Rec] = field(default_factory=list)
    left: list[Rec] = field(default_factory=list)
    open: list[Rec] = field(default_factory=list)


def apply_decisions(
    rows: Mapping[UUID, Row],
    keys: Collection[str],
    records: list[Rec],
    decisions: Decisions,
    identity: Callable[[Rec], str | None],
) -> Decided[Row, Rec]:
    """Sort records by what was decided; a decision that cannot hold any more decides nothing.

    `keys` are the source keys that somebody or some group in Numo has.
    """
    if not decisions:
        return Decided(open=records)
    found: Decided[Row, Rec] = Decided()
    for record in records:
        decision = decisions.get(identity(record) or "")
        row = rows.get(decision.subject_id) if decision and decision.subject_id else None
        if decision is None:
            found.open.append(record)
        elif decision.verdict is Verdict.LEAVE:
            found.left.append(record)
        elif row is not None and _sort_of(row) is _sort_of(record):
            found.same[record.ref] = row
        elif decision.verdict is Verdict.NEW and record.key not in keys:
            found.new.append(record)
        else:
            found.open.append(record)
    return found


def standing(
    decisions: Decisions, records: Iterable[PersonRecord], people: Mapping[UUID, Person]
) -> Decisions:
    """The decisions without those on a number or RealId that was given to somebody else since.

    Whoever gets it when who had it left was not decided on. Nor is who it was for as long as a list
    mistook two of one family, once that is mended.
    """
    if not decisions:
        return decisions
    records = list(records)
    mistaken = Mistaken(people.values(), records)
    over: set[str | None] = set()
    holding: set[str | None] = set()
    for record in records:
        identity = source_identity(record)
        decision = decisions.get(identity or "")
        if decision is not None:
            person = people.get(decision.subject_id) if decision.subject_id else None
            is_over = _is_handed_on(record, decision, person, mistaken)
            (over if is_over else holding).add(identity)
    over -= holding
    return {identity: one for identity, one in decisions.items() if identity not in over}


def _is_handed_on(
    record: PersonRecord, decision: Decision, person: Person | None, mistaken: Mistaken
) -> bool:
    strongest, *_ = keys_of(record.role, record.key, record.fields)
    if strongest[0] not in GIVEN_AGAIN or decision.label is None:
        return False
    if bare_name(named_in(decision.label)) == bare_name(full_name(record.fields)):
        return False
    return person is None or bool(mistaken.asked(record, person, ()))


def met_in(records: Iterable[PersonRecord], decisions: Decisions) -> set[str]:
    """Who of those that a decision made nobody of are in a source, as it names them."""
    nobody = {identity for identity, one in decisions.items() if one.subject_id is None}
    return {name for name in map(source_identity, records) if name in nobody} if nobody else nobody


def is_new(record: PersonRecord, decisions: Decisions) -> bool:
    """Whether it was decided that a record is somebody who is not in Numo."""
    decision = decisions.get(source_identity(record) or "")
    return decision is not None and decision.verdict is Verdict.NEW


def is_left(identity: str | None, decisions: Decisions) -> bool:
    """Whether it was decided to leave out whom or what the source names so."""
    decision = decisions.get(identity or "")
    return decision is not None and decision.verdict is Verdict.LEAVE


def _sort_of(one: Person | Group | PersonRecord | GroupRecord) -> PersonRole | GroupKind:
    match one:
        case Person() | PersonRecord():
            return one.role
        case Group():
            return one.kind
        case GroupRecord():
            return one.group_kind
