"""Take one import back: values, memberships and states as they were before it.

Whoever or whatever was changed since is named in a question and left as it is; the rest is
offered. What is already as it was before the import needs nothing. Nothing is deleted: who was
added is archived.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from services.importer.domain.change import (
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
from services.importer.domain.later_places import LaterPlaces
from services.importer.domain.roster import Fields, Group, Membership, Person, Roster
from services.importer.domain.taken_keys import taken_keys
from services.importer.domain.taken_numbers import taken_numbers

_CHOICES = {
    Action.ARCHIVE: Choice.ARCHIVE,
    Action.REACTIVATE: Choice.ADD,
    Action.UPDATE: Choice.UPDATE,
}
_COMES = frozenset({Action.ADD, Action.REACTIVATE})


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


@dataclass(frozen=True, slots=True)
class Since:
    """What came after an import: memberships that began, and people who turned out to be others."""

    begun: Collection[UUID] = ()
    merged: Collection[UUID] = ()


def undo(
    roster: Roster, applied: Iterable[Applied], ended: Collection[UUID], since: Since
) -> list[Change]:
    """What brings a roster back to before an import.

    `ended` are memberships that ended with a person or group that it archived.
    """
    done = _one_per_row(applied)
    found = _Undoing(roster, since)
    found.rows(done)
    by_id = {membership.id: membership for membership in roster.memberships.values()}
    for one in done:
        if one.kind is ChangeKind.MEMBERSHIP and one.subject_id in by_id:
            found.membership(by_id[one.subject_id], to_active=one.action is Action.ARCHIVE)
    for membership_id in sorted(ended):
        if membership_id in by_id:
            found.membership(by_id[membership_id], to_active=True)
    return found.changes


def _one_per_row(applied: Iterable[Applied]) -> list[Applied]:
    """What was cleared of somebody joins what else was done to them: they are one row again."""
    found: dict[UUID, Applied] = {}
    for one in sorted(applied, key=lambda one: one.action is Action.CLEAR):
        first = found.get(one.subject_id, one)
        before, after = {**first.before, **one.before}, {**first.after, **one.after}
        found[one.subject_id] = replace(first, before=before, after=after)
    return list(found.values())


class _Undoing:
    def __init__(self, roster: Roster, since: Since) -> None:
        self.changes: list[Change] = []
        self._roster = roster
        self._back: set[UUID] = set()
        self._leaving: set[UUID] = set()
        self._asked: set[UUID] = set()
        self._went = frozenset(since.merged)
        self._stayed = {roster.people[who].merged_into for who in since.merged}
        self._places = LaterPlaces(roster, since.begun)

    def rows(self, done: Collection[Applied]) -> None:
        """Bring people and groups back; of a group it matters who leaves."""
        for one in done:
            if one.subject_id in self._roster.people:
                self._person(one, self._roster.people[one.subject_id])
        for one in done:
            if one.subject_id in self._roster.groups:
                self._group(one, self._roster.groups[one.subject_id])
        # Nobody gets back a key or number that somebody else has by now, and keeps.
        self._refuse(taken_keys(self.changes, self._roster), Reason.KEY_TAKEN)
        self._refuse(taken_numbers(self.changes, self._roster), Reason.NUMBER_TAKEN)

    def _person(self, one: Applied, person: Person) -> None:
        """Bring somebody back to what they were; what a hand holds since is shown, and stays."""
        values = {**person.fields, SOURCE_KEY: person.source_key}
        label, is_other = label_of(person.fields), self._is_other(one)
        if not is_other and _is_as_left(one, values, is_active=person.active):
            self._restore(one, label, person.held)
        elif is_other or not _is_as_before(one, values, is_active=person.active):
            self._ask(one, label)

    def _group(self, one: Applied, group: Group) -> None:
        """Bring a group back to what it was, unless others came into it since."""
        values = {**group.fields, SOURCE_KEY: group.source_key, SCHOOLJAAR: group.schooljaar}
        label = group.fields.get("name") or ""
        joined = one.action in _COMES and not self._places.joined(group.id) <= self._leaving
        if not joined and _is_as_left(one, values, is_active=group.active):
            self._restore(one, label)
        elif not _is_as_before(one, values, is_active=group.active):
            self._ask(one, label)

    def _is_other(self, one: Applied) -> bool:
        """Whether by a merge since it is somebody else now than whom the import brought, or took.

        Who went is not brought back. Nor does who stayed go for being new: they are also the one
        who was there before.
        """
        comes = one.action in _COMES
        return one.subject_id in self._went or (comes and one.subject_id in self._stayed)

    def _restore(self, one: Applied, label: str, held: frozenset[str] = frozenset()) -> None:
        action = {
            Action.ADD: Action.ARCHIVE,
            Action.REACTIVATE: Action.ARCHIVE,
            Action.ARCHIVE: Action.REACTIVATE,
        }.get(one.action, Action.UPDATE)
        had = _had(one)
        before = {name: one.after[name] for name in had}
        (self._leaving if action is Action.ARCHIVE else self._back).add(one.subject_id)
        made = self._change(one, action, label, before=before, after=had)
        by_hand = tuple(sorted(held.intersection(had)))
        self.changes.append(made._replace(held=by_hand, kept=by_hand))

    def _ask(self, one: Applied, label: str, reason: Reason = Reason.EDITED_SINCE) -> None:
        self._asked.add(one.subject_id)
        self.changes.append(
            Change(
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
        )

    def _change(
        self,
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

    def _refuse(self, taken: Collection[int], reason: Reason) -> None:
        refused = [one for at, one in enumerate(self.changes) if at in taken]
        self.changes = [one for at, one in enumerate(self.changes) if at not in taken]
        for one in refused:
            assert one.subject_id is not None  # noqa: S101 - only a conflict has none
            self._back.discard(one.subject_id)
            about = Applied(one.kind, one.action, one.role, one.subject_id, {}, {})
            self._ask(about, one.label, reason)

    def membership(self, one: Membership, *, to_active: bool) -> None:
        """Begin or end a membership again, unless it is so or follows from its person or group.

        Who or what it is between may not be there any more, and who it is of may have another
        place since: then that is asked, and they stay where they are.
        """
        if one.active is to_active or {one.person_id, one.group_id} & self._leaving:
            return
        person, group = self._roster.people[one.person_id], self._roster.groups[one.group_id]
        label = f"{label_of(person.fields)} → {group.fields.get('name') or ''}"
        kind, action = ChangeKind.MEMBERSHIP, Action.REACTIVATE if to_active else Action.ARCHIVE
        done = Applied(kind, Action.UPDATE, one.role, one.id, {}, {}, person.id, group.id)
        there = all(row.active or row.id in self._back for row in (person, group))
        if to_active and (not there or self._places.has_other(one, self._leaving)):
            # Of whom something is asked already, their places are not asked as well.
            if there or not {person.id, group.id} & self._asked:
                self._ask(done, label)
            return
        self.changes.append(self._change(done, action, label, before={}, after={}))


def _had(one: Applied) -> dict[str, str | None]:
    """The values to bring back: who was added keeps what they got, and can only be archived."""
    return {} if one.action is Action.ADD else {name: one.before.get(name) for name in one.after}


def _is_as_left(one: Applied, values: Fields, *, is_active: bool) -> bool:
    """Whether a row is as the import left it."""
    is_same = all(values.get(name) == value for name, value in one.after.items())
    changes_state = one.action not in {Action.UPDATE, Action.CLEAR}
    return is_same and not (changes_state and is_active is (one.action is Action.ARCHIVE))


def _is_as_before(one: Applied, values: Fields, *, is_active: bool) -> bool:
    """Whether a row is as it was before the import."""
    is_same = all(values.get(name) == value for name, value in _had(one).items())
    changes_state = one.action not in {Action.UPDATE, Action.CLEAR}
    return is_same and not (changes_state and is_active is not (one.action is Action.ARCHIVE))
