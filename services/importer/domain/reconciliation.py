"""Whether a roster is what its sources said last, but for what is on record.

What the diff finds between a source's last document and the roster is a difference. When the last
plan of that source was made, everything that differed was in it: so a difference is on record when
that plan offered it and it was not applied, or when an import or a hand wrote it since. Anything
else is unexplained: somebody wrote past the importer, or the importer is wrong.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.roster import MembershipKey


class Cause(StrEnum):
    """Why a roster differs from what a source said last."""

    UNEXPLAINED = "unexplained"
    WAITING = "waiting"
    NOT_APPLIED = "not_applied"
    LEFT_OUT = "left_out"
    SKIPPED = "skipped"
    QUESTION = "question"
    BY_HAND = "by_hand"
    UNDONE = "undone"
    BY_PLAN = "by_plan"
    OTHER_SOURCE = "other_source"
    FOLLOWS = "follows"


@dataclass(frozen=True, slots=True)
class Write:
    """What was recorded of one row since a plan was made.

    `cause` is None for what the plan itself wrote. `action` is None for a hand, which changes no
    state. `fields` are those that were written, with their values.
    """

    subject_id: UUID
    cause: Cause | None
    action: Action | None
    fields: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A source's last plan and all that was written since it, oldest first.

    `unapplied` is why what it offered and did not write was not written; of rows in `skipped` it
    is that it could not be. `joined` are memberships got by a merge, which is a hand's work;
    `reopened`, as the source says it, of whom a decision was taken back since.
    """

    offered: list[Change]
    unapplied: Cause
    writes: list[Write] = field(default_factory=list)
    skipped: frozenset[UUID] = frozenset()
    joined: frozenset[MembershipKey] = frozenset()
    reopened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """What would make the roster say what a source said last, and why it does not."""

    source: str
    change: Change
    cause: Cause

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hex, of what differs: another value on either side is another difference."""
        change = self.change
        facts = [self.source, change.kind, change.action, change.identity]
        values = [sorted(change.before.items()), sorted(change.after.items())]
        return hashlib.sha256(json.dumps([*facts, *values]).encode()).hexdigest()


class Verdict(StrEnum):
    """What a proof found: nothing differs, all of it is on record or accepted, or not all."""

    EQUAL = "equal"
    EXPLAINED = "explained"
    DIFFERS = "differs"
    NO_SOURCE = "no_source"


def verdict_of(causes: Mapping[str, int], accepted: Mapping[str, int], *, sources: int) -> Verdict:
    """What these numbers of differences mean, of which so many are accepted, by cause."""
    if not sources:
        return Verdict.NO_SOURCE
    if not any(causes.values()):
        return Verdict.EQUAL
    open_ones = causes.get(Cause.UNEXPLAINED, 0) - accepted.get(Cause.UNEXPLAINED, 0)
    return Verdict.DIFFERS if open_ones > 0 else Verdict.EXPLAINED


def to_fix(differences: Iterable[Difference], asked: Collection[str]) -> list[Change]:
    """The changes of the differences that are asked for, by cause or by fingerprint.

    Of the first source that has any: two may want other things of one row. An update is one again.
    """
    meant = [one for one in differences if one.cause in asked or one.fingerprint in asked]
    first = [one.change for one in meant if one.source == meant[0].source]
    found: dict[UUID | int, Change] = {}
    for place, change in enumerate(first):
        row = change.subject_id or place
        found[row] = _together(found[row], change) if row in found else change
    return list(found.values())


def _together(one: Change, other: Change) -> Change:
    return one._replace(
        before={**one.before, **other.before},
        after={**one.after, **other.after},
        held=(*one.held, *other.held),
        kept=(*one.kept, *other.kept),
    )


def explain(source: str, found: Iterable[Change], record: OnRecord) -> list[Difference]:
    """Every difference with its cause; an update in parts, where its fields have several."""
    # What was withdrawn no document says; it would hide what else was offered of somebody.
    offered = [change for change in record.offered if change.action is not Action.CLEAR]
    explainer = _Explainer(replace(record, offered=offered))
    differences = []
    # Memberships come last: they follow from whom and what they are about.
    for change in sorted(found, key=lambda one: list(ChangeKind).index(one.kind)):
        parts = explainer.explained(change)
        differences += [Difference(source, part, cause) for part, cause in parts]
    return differences


class _Explainer:
    def __init__(self, record: OnRecord) -> None:
        self._unapplied = record.unapplied
        self._skipped = record.skipped
        self._joined: Collection[object] = record.joined
        self._reopened = record.reopened
        self._fields: dict[tuple[UUID, str], tuple[str | None, Cause | None]] = {}
        self._states: dict[UUID, tuple[bool, Cause | None]] = {}
        for write in record.writes:
            for name, value in write.fields.items():
                self._fields[write.subject_id, name] = value, write.cause
            if write.action in {Action.ADD, Action.REACTIVATE, Action.ARCHIVE}:
                self._states[write.subject_id] = write.action is not Action.ARCHIVE, write.cause
        written = {write.subject_id for write in record.writes if write.cause is None}
        self._offered: dict[object, Change] = {}
        self._asked: set[UUID] = set()
        self._stirred = {write.subject_id for write in record.writes}
        for change in record.offered:
            if change.action is Action.CONFLICT:
                self._asked |= set(change.candidate_ids)
            elif change.subject_id is not None and change.subject_id not in written:
                self._stirred.add(change.subject_id)
            # What the plan did write it does not offer any more; fields that it kept it does.
            if change.action is Action.UPDATE or change.subject_id not in written:
                self._offered |= dict.fromkeys(_names(change), change)
        self._parents: dict[UUID, Cause] = {}

    def explained(self, change: Change) -> list[tuple[Change, Cause]]:
        if change.action is Action.UPDATE:
            return self._by_field(change)
        cause = self._conflict(change) if change.action is Action.CONFLICT else self._state(change)
        if change.subject_id is not None:
            self._parents[change.subject_id] = cause
        if change.action is Action.REACTIVATE:
            fields = {self._field(change, name) for name in change.after}
            cause = Cause.UNEXPLAINED if Cause.UNEXPLAINED in fields else cause
        return [(change, cause)]

    def _by_field(self, change: Change) -> list[tuple[Change, Cause]]:
        causes = {name: self._field(change, name) for name in change.after}
        return [
            (_only(change, {name for name in causes if causes[name] is cause}), cause)
            for cause in dict.fromkeys(causes.values())
        ]

    def _field(self, change: Change, name: str) -> Cause:
        assert change.subject_id is not None  # noqa: S101 - only a conflict has none
        before, after = change.before.get(name), change.after[name]
        written = self._fields.get((change.subject_id, name))
        if written is not None:
            value, cause = written
            return (cause or Cause.FOLLOWS) if value == before else Cause.UNEXPLAINED
        offered = self._offer(change)
        if offered is not None and name in offered.after:
            same = (offered.before.get(name), offered.after[name]) == (before, after)
            return self._why_not(offered) if same else Cause.UNEXPLAINED
        return Cause.QUESTION if change.subject_id in self._asked else Cause.UNEXPLAINED

    def _state(self, change: Change) -> Cause:
        assert change.subject_id is not None  # noqa: S101 - only a conflict has none
        is_active = change.action is Action.ARCHIVE
        written = self._states.get(change.subject_id)
        if written is not None:
            was, cause = written
            if was == is_active:
                return cause or Cause.FOLLOWS
        for parent in (change.person_id, change.group_id):
            # Nobody is in a group who, or which, is not there.
            if parent in self._parents and not is_active:
                return self._parents[parent]
        offered = self._offer(change)
        if offered is not None and offered.action is change.action:
            return self._why_not(offered)
        if is_active and (change.person_id, change.group_id, change.role) in self._joined:
            return Cause.BY_HAND
        is_asked = change.subject_id in self._asked or change.person_id in self._asked
        # Whom it asked about may have come to be called otherwise, which leaves somebody new.
        is_asked = is_asked or (offered is not None and offered.action is Action.CONFLICT)
        return Cause.QUESTION if is_asked else Cause.UNEXPLAINED

    def _conflict(self, change: Change) -> Cause:
        offered = self._offer(change)
        if offered is not None:
            return Cause.QUESTION if offered.action is Action.CONFLICT else Cause.FOLLOWS
        if change.source_identity in self._reopened:
            return Cause.QUESTION
        about = set(change.candidate_ids)
        return Cause.FOLLOWS if about & (self._stirred | self._asked) else Cause.UNEXPLAINED

    def _why_not(self, offered: Change) -> Cause:
        return Cause.SKIPPED if offered.subject_id in self._skipped else self._unapplied

    def _offer(self, change: Change) -> Change | None:
        return next((self._offered[name] for name in _names(change) if name in self._offered), None)


def _names(change: Change) -> list[object]:
    """By what a change is found again: its row, whom it is between, or what the source calls it."""
    between = (change.person_id, change.group_id, change.role)
    found: list[object] = [(change.kind, change.identity)]
    if change.subject_id is not None:
        found.append(change.subject_id)
    return [*found, between] if change.kind is ChangeKind.MEMBERSHIP else found


def _only(change: Change, names: set[str]) -> Change:
    return change._replace(
        before={name: value for name, value in change.before.items() if name in names},
        after={name: value for name, value in change.after.items() if name in names},
        held=tuple(name for name in change.held if name in names),
        kept=tuple(name for name in change.kept if name in names),
    )
