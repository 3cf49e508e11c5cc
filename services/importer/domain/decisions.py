"""What an administrator decided of an ambiguous match, remembered by the source's identity."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from services.importer.domain.change import Reason
from services.importer.domain.normalise import bare_number
from services.importer.domain.roster import Person
from shared.roster.document import PersonRecord, PersonRole


class Verdict(StrEnum):
    """What was decided: it is this person, it is somebody new, or leave it out."""

    SAME = "same"
    NEW = "new"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict; `person_id` is whom it named, or who was made by it since."""

    verdict: Verdict
    person_id: UUID | None = None


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
}


def source_identity(record: PersonRecord) -> str | None:
    """How the source names somebody from one import to the next, by its strongest key.

    None when it has no key at all: then nothing about them can be remembered.
    """
    fields = record.fields
    number = bare_number(fields.get("pupil_number"))
    is_pupil = record.role is PersonRole.PUPIL
    keys = {
        "key": record.key,
        "eck_id": fields.get("eck_id"),
        "real_id": fields.get("real_id"),
        "number": number if is_pupil else fields.get("employee_code"),
    }
    found = next(((name, value) for name, value in keys.items() if value), None)
    return f"{record.role}:{found[0]}:{found[1].casefold()}" if found else None


def possible_verdicts(
    reason: Reason, identity: str | None, *, is_key_held: bool
) -> frozenset[Verdict]:
    """What may be decided of a conflict; a key that somebody has cannot make a new person."""
    if identity is None:
        return frozenset()
    held = frozenset({Verdict.NEW}) if is_key_held else frozenset[Verdict]()
    return _POSSIBLE.get(reason, frozenset()) - held


@dataclass
class Decided:
    """The records of a document, as far as they are decided; `open` are the others."""

    same: dict[str, Person] = field(default_factory=dict)
    new: list[PersonRecord] = field(default_factory=list)
    left: list[PersonRecord] = field(default_factory=list)
    open: list[PersonRecord] = field(default_factory=list)


def apply_decisions(
    people: Mapping[UUID, Person],
    keys: Collection[str],
    records: list[PersonRecord],
    decisions: Decisions,
) -> Decided:
    """Sort records by what was decided; a decision that cannot hold any more decides nothing.

    `keys` are the source keys that somebody in Numo has.
    """
    if not decisions:
        return Decided(open=records)
    found = Decided()
    for record in records:
        decision = decisions.get(source_identity(record) or "")
        person = people.get(decision.person_id) if decision and decision.person_id else None
        if decision is None:
            found.open.append(record)
        elif decision.verdict is Verdict.LEAVE:
            found.left.append(record)
        elif person is not None and person.role is record.role:
            found.same[record.ref] = person
        elif decision.verdict is Verdict.NEW and record.key not in keys:
            found.new.append(record)
        else:
            found.open.append(record)
    return found
