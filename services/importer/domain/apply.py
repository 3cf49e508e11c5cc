"""Apply changes to a roster in memory: the twin of the SQL, against which that is proven."""

from collections.abc import Iterable
from dataclasses import replace

from services.importer.domain.change import SOURCE_KEY, Action, Change, ChangeKind
from services.importer.domain.group_changes import SCHOOLJAAR
from services.importer.domain.roster import Group, Membership, Person, Roster
from services.importer.domain.taken_keys import taken_keys
from services.importer.domain.taken_numbers import taken_numbers
from shared.roster.document import (
    GROUP_FIELDS,
    PERSON_FIELDS,
    GroupKind,
    MemberRole,
    PersonRole,
)


def apply(changes: Iterable[Change], roster: Roster) -> Roster:
    """The roster after these changes; the given one stays as it is.

    Left out are conflicts, who would get a leerlingnummer that somebody else keeps, and of what
    would get the key of another only that key.
    """
    after = Roster(
        roster.version + 1, dict(roster.people), dict(roster.groups), dict(roster.memberships)
    )
    chosen = [change for change in changes if change.action is not Action.CONFLICT]
    taken = taken_numbers(chosen, roster)
    possible = [change for place, change in enumerate(chosen) if place not in taken]
    for place in taken_keys(possible, roster):
        kept = (*possible[place].kept, SOURCE_KEY)
        possible[place] = possible[place]._replace(kept=kept)
    for change in sorted(possible, key=_order):
        match change.kind:
            case ChangeKind.PERSON:
                _apply_to_person(change, after)
            case ChangeKind.GROUP:
                _apply_to_group(change, after)
            case ChangeKind.MEMBERSHIP:
                _apply_to_membership(change, after)
    _end_memberships_of_the_archived(after)
    return after


def _order(change: Change) -> int:
    return list(ChangeKind).index(change.kind)


def _is_active_after(change: Change, *, was_active: bool) -> bool:
    if change.action in {Action.UPDATE, Action.CLEAR}:
        return was_active
    return change.action is not Action.ARCHIVE


def _key_after(change: Change, key: str | None) -> str | None:
    return key if SOURCE_KEY in change.kept else change.after.get(SOURCE_KEY, key)


def _apply_to_person(change: Change, roster: Roster) -> None:
    assert change.subject_id is not None  # noqa: S101 - only a conflict has none
    old = roster.people.get(change.subject_id)
    if old is None:
        role = PersonRole(change.role)
        old = Person(change.subject_id, role, None, dict.fromkeys(PERSON_FIELDS))
    given = {
        name: value
        for name, value in change.after.items()
        if name in PERSON_FIELDS and name not in change.kept
    }
    roster.people[old.id] = replace(
        old,
        source_key=_key_after(change, old.source_key),
        fields={**old.fields, **given},
        active=_is_active_after(change, was_active=old.active),
        # What is overwritten is the source's again.
        held=old.held - given.keys(),
    )


def _apply_to_group(change: Change, roster: Roster) -> None:
    assert change.subject_id is not None  # noqa: S101 - only a conflict has none
    old = roster.groups.get(change.subject_id)
    if old is None:
        kind = GroupKind(change.role)
        old = Group(change.subject_id, kind, None, "", dict.fromkeys(GROUP_FIELDS))
    given = {name: value for name, value in change.after.items() if name in GROUP_FIELDS}
    roster.groups[old.id] = replace(
        old,
        source_key=_key_after(change, old.source_key),
        schooljaar=change.after.get(SCHOOLJAAR) or old.schooljaar,
        fields={**old.fields, **given},
        active=_is_active_after(change, was_active=old.active),
    )


def _apply_to_membership(change: Change, roster: Roster) -> None:
    assert change.subject_id is not None  # noqa: S101 - only a conflict has none
    assert change.person_id is not None  # noqa: S101 - every membership change has both
    assert change.group_id is not None  # noqa: S101
    active = change.action is not Action.ARCHIVE
    role = MemberRole(change.role)
    made = Membership(change.subject_id, change.person_id, change.group_id, role, active)
    there = (
        made.person_id in roster.people
        and roster.people[made.person_id].active
        and made.group_id in roster.groups
        and roster.groups[made.group_id].active
    )
    if there or not active:
        roster.memberships[made.key] = made


def _end_memberships_of_the_archived(roster: Roster) -> None:
    for key, membership in roster.memberships.items():
        person_id, group_id, _ = key
        both = roster.people[person_id].active and roster.groups[group_id].active
        if membership.active and not both:
            roster.memberships[key] = replace(membership, active=False)
