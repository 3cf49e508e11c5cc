"""Which changes cannot be: a source's key that stays with another row, archived or not."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from services.importer.domain.change import SOURCE_KEY, Action, Change, ChangeKind
from services.importer.domain.roster import Roster


def taken_keys(changes: Iterable[Change], roster: Roster) -> set[int]:
    """The places of changes that would give somebody or something the key of another.

    Who is refused keeps a key that a third one may have hoped for, and so on. An import never
    moves a key that somebody has; taking one back may.
    """
    moving = [
        (place, one)
        for place, one in enumerate(changes)
        if one.action is not Action.CONFLICT and SOURCE_KEY in one.after
    ]
    people = {one.id: one.source_key for one in roster.people.values()}
    groups = {one.id: one.source_key for one in roster.groups.values()}
    return _taken(moving, ChangeKind.PERSON, people) | _taken(moving, ChangeKind.GROUP, groups)


def _taken(
    changes: list[tuple[int, Change]], kind: ChangeKind, held: dict[UUID, str | None]
) -> set[int]:
    own = {one.subject_id: (place, one) for place, one in changes if one.kind is kind}
    wanting: dict[str | None, list[tuple[int, UUID]]] = defaultdict(list)
    for row_id, (place, one) in own.items():
        if row_id is not None:
            wanting[one.after[SOURCE_KEY]].append((place, row_id))
    keeping = [row_id for row_id in held if row_id not in own]
    taken: set[int] = set()
    while keeping:
        keeper = keeping.pop()
        for place, row_id in wanting.get(held[keeper], ()) if held[keeper] else ():
            if place not in taken and row_id in held:
                taken.add(place)
                keeping.append(row_id)
    return taken
