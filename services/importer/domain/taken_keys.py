"""Which changes cannot be: a source's key that stays with another row, archived or not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from services.importer.domain.change import SOURCE_KEY, Action, Change, ChangeKind
from services.importer.domain.roster import Group, Person, Roster
from services.importer.domain.taken import refused

_Held = Mapping[UUID | None, str | None]


def taken_keys(changes: Sequence[Change], roster: Roster) -> set[int]:
    """The places of changes that would give somebody or something the key of another.

    Where a part was chosen of a plan that moves keys on, or takes back what an import did.
    """
    people: _Held = {one.id: one.source_key for one in roster.people.values()}
    groups: _Held = {one.id: one.source_key for one in roster.groups.values()}
    of_both = ((ChangeKind.PERSON, people), (ChangeKind.GROUP, groups))
    return set[int]().union(*(_taken(changes, kind, held) for kind, held in of_both))


def keys_that_stay(
    wanted: Iterable[tuple[str | None, Person | Group]], holders: Mapping[str, Person | Group]
) -> set[str]:
    """Of the keys that somebody or something in Numo has, those that no record moves on.

    `wanted` are whom records are about, by the key of each. A key that leads to another is given up
    only by who gets one in its place.
    """
    moving = {key: one for key, one in wanted if key not in {None, one.source_key}}
    staying = holders.keys() - {one.source_key for one in moving.values()}
    while blocked := moving.keys() & staying:
        staying |= set(filter(None, (moving.pop(key).source_key for key in blocked)))
    return staying


def _taken(changes: Sequence[Change], kind: ChangeKind, held: _Held) -> set[int]:
    moving = {
        one.subject_id: (place, one.after[SOURCE_KEY])
        for place, one in enumerate(changes)
        if one.kind is kind and one.action is not Action.CONFLICT and SOURCE_KEY in one.after
    }
    wanting: dict[str, list[tuple[int, UUID | None]]] = defaultdict(list)
    for row_id, (place, key) in moving.items():
        if key is not None:
            wanting[key].append((place, row_id))
    keeping = [row_id for row_id in held if row_id is not None and row_id not in moving]
    return refused(wanting, keeping, held.get)
