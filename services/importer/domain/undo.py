"""Take one import back: values, memberships and states as they were before it.

Whoever or whatever was changed since is named in a question and left as it is; the rest is
offered. What is already as it was before the import needs nothing. Nothing is deleted: who was
added is archived.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from services.importer.domain.change import (
    COMES,
    SOURCE_KEY,
    Action,
    Change,
    ChangeKind,
    Choice,
    Reason,
    identity_of_row,
)
from services.importer.domain.group_changes import SCHOOLJAAR
from services.importer.domain.labels import label_of
from services.importer.domain.roster import Fields, Group, Person, Roster
from services.importer.domain.taken_keys import taken_keys
from services.importer.domain.taken_numbers import taken_numbers
from services.importer.domain.undone_places import Fate, Since, UndonePlaces, Verdict

_CHOICES = {
    Action.ARCHIVE: Choice.ARCHIVE,
    Action.REACTIVATE: Choice.ADD,
    Action.UPDATE: Choice.UPDATE,
}
# What changes no state.
_VALUES = frozenset({Action.UPDATE, Action.CLEAR})


@dataclass(frozen=True, slots=True)
class Applied:
    """What an import did to one row: the values it set, without those that stayed by hand."""

    kind: ChangeKind
    action: Action
    role: str
    subject_id: UUID
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    person_id: UUID | None = None
    group_id: UUID | None = None


def undo(
    roster: Roster, applied: Iterable[Applied], ended: Iterable[UUID], since: Since
) -> list[Change]:
    """What brings a roster back to before an import.

    `ended` are memberships that ended with a person or group that it archived.
    """
    return _Undoing(roster, _one_per_row(applied), ended, since).changes()


def _one_per_row(applied: Iterable[Applied]) -> dict[UUID, Applied]:
    """What was cleared of somebody joins what else was done to them: they are one row again.

    Where all that a row would have set stayed as it was, nothing was done.
    """
    found: dict[UUID, Applied] = {}
    for one in sorted(applied, key=lambda one: one.action is Action.CLEAR):
        first = found.get(one.subject_id, one)
        before, after = {**first.before, **one.before}, {**first.after, **one.after}
        found[one.subject_id] = replace(first, before=before, after=after)
    return {row_id: one for row_id, one in found.items() if one.after or one.action not in _VALUES}


class _Undoing:
    def __init__(
        self, roster: Roster, done: Mapping[UUID, Applied], ended: Iterable[UUID], since: Since
    ) -> None:
        self._roster = roster
        self._done = done
        # What becomes of each person and group that is not as it was.
        self._rows: dict[UUID, Change] = {}
        self._went = frozenset(since.merged)
        self._stayed = {roster.people[who].merged_into for who in since.merged}
        places = (one for one in done.values() if one.kind is ChangeKind.MEMBERSHIP)
        before = {one.subject_id: one.action is Action.ARCHIVE for one in places}
        before |= dict.fromkeys(sorted(ended), True)
        self._places = UndonePlaces(roster, before, since)

    def changes(self) -> list[Change]:
        """Bring back people and groups, and then who was in which."""
        for one in self._done.values():
            if one.subject_id in self._roster.people:
                self._person(one, self._roster.people[one.subject_id])
        for one in self._done.values():
            if one.subject_id in self._roster.groups:
                self._group(one, self._roster.groups[one.subject_id])
        self._refuse_taken()
        # A group that is not free stays, and its key with it; so another one may be hindered too.
        fate = self._fate()
        while stay := self._places.not_free(fate).intersection(fate.leaving):
            for group_id in stay:
                self._ask(self._done[group_id], self._rows[group_id].label)
            self._refuse_taken()
            fate = self._fate()
        return [*self._rows.values(), *self._memberships(fate)]

    def _fate(self) -> Fate:
        by: defaultdict[Action, set[UUID]] = defaultdict(set)
        for row_id, change in self._rows.items():
            by[change.action].add(row_id)
        asked = by[Action.CONFLICT]
        came = {row_id for row_id in asked if self._done[row_id].action in COMES}
        return Fate(by[Action.REACTIVATE], by[Action.ARCHIVE], asked, came)

    def _person(self, one: Applied, person: Person) -> None:
        """Bring somebody back to what they were; what a hand holds since is shown, and stays."""
        values = {**person.fields, SOURCE_KEY: person.source_key}
        label, is_other = label_of(person.fields), self._is_other(one)
        if not is_other and _is_as_left(one, values, is_active=person.active):
            self._restore(one, label, person.held)
        elif is_other or not _is_as_before(one, values, is_active=person.active):
            self._ask(one, label)

    def _group(self, one: Applied, group: Group) -> None:
        values = {**group.fields, SOURCE_KEY: group.source_key, SCHOOLJAAR: group.schooljaar}
        label = group.fields.get("name") or ""
        if _is_as_left(one, values, is_active=group.active):
            self._restore(one, label)
        elif not _is_as_before(one, values, is_active=group.active):
            self._ask(one, label)

    def _is_other(self, one: Applied) -> bool:
        """Whether by a merge since it is somebody else now than whom the import brought, or took.

        Who went is not brought back. Nor does who stayed go for being new: they are also the one
        who was there before.
        """
        comes = one.action in COMES
        return one.subject_id in self._went or (comes and one.subject_id in self._stayed)

    def _restore(self, one: Applied, label: str, held: frozenset[str] = frozenset()) -> None:
        action = {
            Action.ADD: Action.ARCHIVE,
            Action.REACTIVATE: Action.ARCHIVE,
            Action.ARCHIVE: Action.REACTIVATE,
        }.get(one.action, Action.UPDATE)
        had = _had(one)
        before = {name: one.after[name] for name in had}
        made = _change(one, action, label, before=before, after=had)
        by_hand = tuple(sorted(held.intersection(had)))
        self._rows[one.subject_id] = made._replace(held=by_hand, kept=by_hand)

    def _ask(self, one: Applied, label: str, reason: Reason = Reason.EDITED_SINCE) -> None:
        self._rows[one.subject_id] = _question(one, label, reason)

    def _refuse_taken(self) -> None:
        """Nobody gets back a key or number that somebody else has by now, and keeps.

        Who does not leave after all, or keeps what they have, may be that somebody else.
        """
        rules = ((taken_numbers, Reason.NUMBER_TAKEN), (taken_keys, Reason.KEY_TAKEN))
        refused = True
        while refused:
            rows = list(self._rows.items())
            changes = [change for _, change in rows]
            taken = {at: why for rule, why in rules for at in rule(changes, self._roster)}
            for at, why in taken.items():
                row_id, change = rows[at]
                self._ask(self._done[row_id], change.label, why)
            refused = bool(taken)

    def _memberships(self, fate: Fate) -> Iterator[Change]:
        for one, verdict in self._places.verdicts(fate):
            person, group = self._roster.people[one.person_id], self._roster.groups[one.group_id]
            label = f"{label_of(person.fields)} → {group.fields.get('name') or ''}"
            kind, whose = ChangeKind.MEMBERSHIP, (person.id, group.id)
            done = Applied(kind, Action.UPDATE, one.role, one.id, {}, {}, *whose)
            if verdict is Verdict.ASKED:
                yield _question(done, label, Reason.EDITED_SINCE)
            else:
                action = Action.REACTIVATE if verdict is Verdict.BEGINS else Action.ARCHIVE
                yield _change(done, action, label, before={}, after={})


def _question(one: Applied, label: str, reason: Reason) -> Change:
    return Change(
        kind=one.kind,
        action=Action.CONFLICT,
        reason=reason,
        role=one.role,
        label=label,
        alias=identity_of_row(one.subject_id),
        person_id=one.person_id,
        group_id=one.group_id,
        candidate_ids=(one.person_id or one.subject_id,),
    )


def _change(
    one: Applied,
    action: Action,
    label: str,
    *,
    before: Mapping[str, str | None],
    after: Mapping[str, str | None],
) -> Change:
    return Change(
        kind=one.kind,
        action=action,
        reason=Reason.UNDONE,
        role=one.role,
        label=label,
        alias=None,
        subject_id=one.subject_id,
        choice=_CHOICES[action],
        before=before,
        after=after,
        person_id=one.person_id,
        group_id=one.group_id,
    )


def _had(one: Applied) -> dict[str, str | None]:
    """The values to bring back: who was added keeps what they got, and can only be archived."""
    return {} if one.action is Action.ADD else {name: one.before.get(name) for name in one.after}


def _is_as_left(one: Applied, values: Fields, *, is_active: bool) -> bool:
    """Whether a row is as the import left it."""
    is_same = all(values.get(name) == value for name, value in one.after.items())
    changes_state = one.action not in _VALUES
    return is_same and not (changes_state and is_active is (one.action is Action.ARCHIVE))


def _is_as_before(one: Applied, values: Fields, *, is_active: bool) -> bool:
    """Whether a row is as it was before the import."""
    is_same = all(values.get(name) == value for name, value in _had(one).items())
    changes_state = one.action not in _VALUES
    return is_same and not (changes_state and is_active is not (one.action is Action.ARCHIVE))
