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
from services.importer.domain.roster import Fields, Membership, Roster
from services.importer.domain.undo_objections import LaterPlaces, keys_taken, numbers_taken

_CHOICES = {
    Action.ARCHIVE: Choice.ARCHIVE,
    Action.UPDATE: Choice.UPDATE,
    Action.REACTIVATE: Choice.ADD,
}


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
    roster: Roster,
    applied: Iterable[Applied],
    ended: Collection[UUID],
    later: Collection[UUID] = (),
) -> list[Change]:
    """What brings a roster back to before an import.

    `ended` are memberships that ended with a person or group that it archived; `later` are those
    that another import began or ended since.
    """
    done = _one_per_row(applied)
    found = _Undoing(roster, done, later)
    for one in done:
        person, group = roster.people.get(one.subject_id), roster.groups.get(one.subject_id)
        if person is not None:
            values = {**person.fields, SOURCE_KEY: person.source_key}
            label, is_active = label_of(person.fields), person.active
            # Held by hand since, if only to say that the value is right.
            is_touched = found.is_other(one) or not person.held.isdisjoint(one.after)
            found.row(one, values, label, is_active=is_active, is_touched=is_touched)
        elif group is not None:
            values = {**group.fields, SOURCE_KEY: group.source_key, SCHOOLJAAR: group.schooljaar}
            found.row(one, values, group.fields.get("name") or "", is_active=group.active)
    found.refuse_what_others_have()
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
    def __init__(self, roster: Roster, done: Iterable[Applied], later: Collection[UUID]) -> None:
        self.changes: list[Change] = []
        self._roster = roster
        self._back: set[UUID] = set()
        self._leaving: set[UUID] = set()
        merged = (person.merged_into for person in roster.people.values())
        self._stayed = {person_id for person_id in merged if person_id is not None}
        self._asked: set[UUID] = set()
        begun = {one.subject_id for one in done if one.action is not Action.ARCHIVE}
        self._places = LaterPlaces(roster, later, begun)

    def is_other(self, one: Applied) -> bool:
        """Whether by a merge it is somebody else now than whom the import brought, or took.

        Who went is not brought back. Nor does who stayed go for being new: they are also the one
        who was there before.
        """
        if one.action in {Action.ADD, Action.REACTIVATE} and one.subject_id in self._stayed:
            return True
        return self._roster.people[one.subject_id].merged_into is not None

    def row(
        self,
        one: Applied,
        values: Fields,
        label: str,
        *,
        is_active: bool,
        is_touched: bool = False,
    ) -> None:
        changes_state = one.action not in {Action.UPDATE, Action.CLEAR}
        leaves_active = one.action is not Action.ARCHIVE
        is_as_left = _has(values, one.after) and not (changes_state and is_active != leaves_active)
        # Who was added keeps what they got: archived is all that they can be.
        had = {} if one.action is Action.ADD else {name: one.before.get(name) for name in one.after}
        is_as_before = _has(values, had) and not (changes_state and is_active == leaves_active)
        if is_as_left and not is_touched:
            self._restore(one, label, had)
        elif is_touched or not is_as_before:
            self._ask(one, label, Reason.EDITED_SINCE)

    def _restore(self, one: Applied, label: str, had: Fields) -> None:
        action = {
            Action.ADD: Action.ARCHIVE,
            Action.REACTIVATE: Action.ARCHIVE,
            Action.ARCHIVE: Action.REACTIVATE,
        }.get(one.action, Action.UPDATE)
        before = {name: one.after[name] for name in had}
        (self._leaving if action is Action.ARCHIVE else self._back).add(one.subject_id)
        self.changes.append(self._change(one, action, label, before=before, after=had))

    def _ask(self, one: Applied, label: str, reason: Reason, identity: str | None = None) -> None:
        self._asked.add(one.subject_id)
        self.changes.append(
            Change(
                kind=one.kind,
                action=Action.CONFLICT,
                reason=reason,
                role=one.role,
                label=label,
                alias=identity or identity_of_row(one.subject_id),
                candidate_ids=(one.subject_id,),
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

    def _ask_instead(self, at: int, reason: Reason) -> None:
        """Put a question in the place of a change."""
        change = self.changes[at]
        assert change.subject_id is not None  # noqa: S101 - only a question has none
        row = Applied(change.kind, change.action, change.role, change.subject_id, {}, {})
        self._ask(row, change.label, reason)
        self.changes[at] = self.changes.pop()
        self._back.discard(change.subject_id)
        self._leaving.discard(change.subject_id)

    def refuse_what_others_have(self) -> None:
        """Leave as it is, and ask about, what others have by now or would lose."""
        for at in list(numbers_taken(self._roster, self.changes, self._leaving)):
            self._ask_instead(at, Reason.NUMBER_TAKEN)
        for at in list(keys_taken(self._roster, self.changes)):
            self._ask_instead(at, Reason.KEY_TAKEN)
        joined = self._places.joined(self._leaving)
        for at, one in enumerate(self.changes):
            if one.action is Action.ARCHIVE and one.subject_id in joined:
                self._ask_instead(at, Reason.EDITED_SINCE)

    def membership(self, membership: Membership, *, to_active: bool) -> None:
        """Begin or end a membership again, unless it is so or follows from its person or group.

        Who or what it is between may not be there any more, and who it is of may have another
        place since: then that is asked, and they stay where they are.
        """
        ends = {membership.person_id, membership.group_id}
        if membership.active is to_active or ends & self._leaving:
            return
        person = self._roster.people[membership.person_id]
        group = self._roster.groups[membership.group_id]
        label = f"{label_of(person.fields)} → {group.fields.get('name') or ''}"
        if to_active and not self._may_come_back(membership, label):
            return
        one = Applied(
            ChangeKind.MEMBERSHIP,
            Action.UPDATE,
            membership.role,
            membership.id,
            {},
            {},
            person.id,
            group.id,
        )
        action = Action.REACTIVATE if to_active else Action.ARCHIVE
        made = self._change(one, action, label, before={}, after={})
        self.changes.append(made)

    def _may_come_back(self, membership: Membership, label: str) -> bool:
        """Whether who and what it is between are there; if not, it is said, but for the asked."""
        person = self._roster.people[membership.person_id]
        group = self._roster.groups[membership.group_id]
        there = all(row.active or row.id in self._back for row in (person, group))
        if there and not self._places.has_other(membership):
            return True
        if there or not {person.id, group.id} & self._asked:
            asked = Applied(ChangeKind.PERSON, Action.UPDATE, person.role, person.id, {}, {})
            self._ask(asked, label, Reason.EDITED_SINCE, identity_of_row(membership.id))
        return False


def _has(values: Fields, wanted: Fields) -> bool:
    return all(values.get(name) == value for name, value in wanted.items())
