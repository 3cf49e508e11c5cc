"""Which changes cannot be: a source's key that stays with another row, archived or not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.importer.domain.change import SOURCE_KEY, Action, Change, ChangeKind
from services.importer.domain.roster import Roster
from services.importer.domain.taken import refused

_Held = Mapping[UUID | None, str | None]


def taken_keys(changes: Sequence[Change], roster: Roster) -> set[int]:
    """The places of changes that would give somebody or something the key of another.

    An import never moves a key that somebody has; taking one back may.
    """
    people: _Held = {one.id: one.source_key for one in roster.people.values()}
    groups: _Held = {one.id: one.source_key for one in roster.groups.values()}
    of_both = ((ChangeKind.PERSON, people), (ChangeKind.GROUP, groups))
    return set[int]().union(*(_taken(changes, kind, held) for kind, held in of_both))


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
