"""What may happen at a school after an import, without an import: by hand, or in any other way."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.hand_changes import HAND_FIELDS
from services.importer.domain.merging import (
    changed_by_merge,
    held_by_merge,
    joined_groups,
    merged_fields,
    why_not_mergeable,
)
from services.importer.domain.normalise import bare_number
from services.importer.domain.roster import Group, Membership, Person, Roster
from shared.ids import new_id
from shared.roster.document import MemberRole, PersonRole
from tests.importer.domain.strategies import rosters

Row = TypeVar("Row")
# What happens, to whom, and where or how.
EVENTS = st.lists(st.binary(min_size=3, max_size=3), max_size=8)


def schools() -> st.SearchStrategy[Roster]:
    """A school to which something may have happened before."""
    return st.builds(lived_on, rosters(), EVENTS)


def lived_on(roster: Roster, events: Iterable[bytes]) -> Roster:
    """The roster after these events; one that cannot be does not happen."""
    now = apply([], roster)
    for what, who, how in events:
        if now.people and now.groups:
            _EVENTS[what % len(_EVENTS)](now, who, how)
            now = apply([], now)
    return now


def merge(now: Roster, gone: Person, stays: Person) -> None:
    """Make them one, as the store does."""
    joined = joined_groups(gone, stays, now.memberships.values()) if stays.active else []
    became = {one.field: one.after for one in changed_by_merge(merged_fields(gone, stays, ()))}
    held = frozenset(held_by_merge(gone, stays, ()))
    now.people[stays.id] = replace(stays, fields={**stays.fields, **became}, held=held)
    for one in list(now.people.values()):
        if gone.id in {one.id, one.merged_into}:
            now.people[one.id] = replace(one, active=False, merged_into=stays.id)
    for place in joined:
        _begin(now, stays, now.groups[place.group_id], place.role)


def _begin(now: Roster, person: Person, group: Group, role: MemberRole) -> None:
    made = Membership(new_id(), person.id, group.id, role)
    now.memberships[made.key] = replace(now.memberships.get(made.key, made), active=True)


def _edit(now: Roster, who: int, how: int) -> None:
    """Another value, or the same one: both are held from then on."""
    person, name = _one_of(now.people, who), HAND_FIELDS[how % len(HAND_FIELDS)]
    value = person.fields[name] if how % 2 else f"by hand {how}"
    fields = {**person.fields, name: value}
    now.people[person.id] = replace(person, fields=fields, held=person.held | {name})


def _merge(now: Roster, who: int, how: int) -> None:
    gone, stays = _one_of(now.people, who), _one_of(now.people, how)
    if why_not_mergeable(gone, stays, ()) is None:
        merge(now, gone, stays)


def _move(now: Roster, who: int, how: int) -> None:
    """To another group of the kind, without being in the one before any more; or beside it."""
    if not now.memberships:
        return
    place, group = _one_of(now.memberships, who), _one_of(now.groups, how)
    if how % 2:
        now.memberships[place.key] = replace(place, active=False)
    _begin(now, now.people[place.person_id], group, place.role)


def _turn_person(now: Roster, who: int, _: int) -> None:
    """Archive, or bring back; who went by a merge, or whose number was given again, stays away."""
    person = _one_of(now.people, who)
    if person.merged_into is None and (person.active or _is_free(now, person)):
        now.people[person.id] = replace(person, active=not person.active)


def _turn_group(now: Roster, who: int, _: int) -> None:
    group = _one_of(now.groups, who)
    now.groups[group.id] = replace(group, active=not group.active)


def _rekey(now: Roster, who: int, how: int) -> None:
    """Hand a key on that nobody has any more, or a number."""
    person = _one_of(now.people, who)
    key, number = f"uuid-{how % 6}", str(how % 6)
    if key not in {one.source_key for one in now.people.values()}:
        person = replace(person, source_key=key)
    given = replace(person, fields={**person.fields, "pupil_number": number})
    now.people[person.id] = given if _is_free(now, given) else person


def _rekey_group(now: Roster, who: int, how: int) -> None:
    group, key = _one_of(now.groups, who), f"uuid-{how % 4}"
    if key not in {one.source_key for one in now.groups.values()}:
        now.groups[group.id] = replace(group, source_key=key)


def _is_free(now: Roster, person: Person) -> bool:
    if person.role is not PersonRole.PUPIL or not person.fields["pupil_number"]:
        return True
    number = bare_number(person.fields["pupil_number"])
    return all(
        one.id == person.id
        or not one.active
        or one.role is not PersonRole.PUPIL
        or bare_number(one.fields["pupil_number"]) != number
        for one in now.people.values()
    )


def _one_of(rows: Mapping[Any, Row], at: int) -> Row:
    return list(rows.values())[at % len(rows)]


_EVENTS: tuple[Callable[[Roster, int, int], None], ...] = (
    *(_edit, _merge, _move, _move, _turn_person, _turn_group, _rekey, _rekey_group),
)
