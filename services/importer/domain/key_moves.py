"""Keys that change hands within one plan: who takes whose, and how they hang together.

Per key field a plan is a mapping: who gets a value, and who had it. So it is made of single
moves, chains and rings; a ring of two is a swap.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.importer.domain.change import (
    SOURCE_KEY,
    Action,
    Change,
    ChangeKind,
    KeyMove,
    Shape,
)
from services.importer.domain.normalise import comparable
from services.importer.domain.roster import Person

NUMBER = "pupil_number"
KEYS = (SOURCE_KEY, "eck_id", "real_id", NUMBER, "employee_code", "email")
_RING_OF_TWO = 2


@dataclass(frozen=True, slots=True)
class _Mover:
    place: int
    subject_id: UUID
    value: str
    is_new: bool


def key_moves(
    changes: Sequence[Change], people: Mapping[UUID, Person]
) -> dict[int, dict[str, KeyMove]]:
    """The keys that each change moves, by the change's place; of the others there is no entry.

    Of who is new or comes back only what somebody else had.
    """
    of_people = {place: one for place, one in enumerate(changes) if one.kind is ChangeKind.PERSON}
    leaving = {one.subject_id for one in of_people.values() if one.action is Action.ARCHIVE}
    staying = {one.id for one in people.values() if one.active and one.id not in leaving}
    found: dict[int, dict[str, KeyMove]] = defaultdict(dict)
    for name in KEYS:
        movers = list(_movers(name, of_people, people))
        losing = {one.subject_id for one in of_people.values() if name in one.after}
        for mover, move in _moves(name, movers, people, losing, staying):
            if move.holder_id is not None or not mover.is_new:
                found[mover.place][name] = move
    return dict(found)


def _movers(
    name: str, changes: Mapping[int, Change], people: Mapping[UUID, Person]
) -> Iterator[_Mover]:
    for place, one in changes.items():
        if one.subject_id is None or one.action in {Action.ARCHIVE, Action.CONFLICT}:
            continue
        value = one.after.get(name)
        is_back = one.action is Action.REACTIVATE and name == NUMBER and name not in one.after
        if is_back:
            # Who comes back takes the own number back, from whoever got it meanwhile.
            value = people[one.subject_id].fields.get(name)
        if value is not None:
            yield _Mover(place, one.subject_id, value, is_back or one.action is Action.ADD)


def _moves(
    name: str,
    movers: Collection[_Mover],
    people: Mapping[UUID, Person],
    losing: Collection[UUID | None],
    staying: Collection[UUID],
) -> Iterator[tuple[_Mover, KeyMove]]:
    holders = _holders(name, {comparable(name, one.value) for one in movers}, people)
    taken_from: dict[UUID, UUID | None] = {}
    for one in movers:
        others = {*holders.get(comparable(name, one.value), ())} - {one.subject_id}
        # Who is there comes before who left, and who gives it up before who keeps it.
        best = sorted(others, key=lambda it: (not people[it].active, it not in losing, it))
        taken_from[one.subject_id] = next(iter(best), None)
    rings = _rings(taken_from)
    for one in movers:
        holder_id = taken_from[one.subject_id]
        if holder_id is None:
            shape = Shape.PLAIN
        elif one.subject_id in rings:
            shape = Shape.SWAP if rings[one.subject_id] == _RING_OF_TWO else Shape.RING
        elif holder_id in losing:
            shape = Shape.CHAIN
        else:
            shape = Shape.SHARED if holder_id in staying else Shape.HANDED_ON
        yield one, KeyMove(holder_id, shape)


def _holders(
    name: str, wanted: Collection[str], people: Mapping[UUID, Person]
) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = defaultdict(list)
    for person in people.values() if wanted else ():
        value = person.source_key if name == SOURCE_KEY else person.fields.get(name)
        if value is not None and (key := comparable(name, value)) in wanted:
            found[key].append(person.merged_into or person.id)
    return found


def _rings(taken_from: Mapping[UUID, UUID | None]) -> dict[UUID, int]:
    """Who is in a ring, and of how many: each walk ends where an earlier one came, or in itself."""
    sizes: dict[UUID, int] = {}
    seen: set[UUID] = set()
    for start in taken_from:
        path: dict[UUID, int] = {}
        at: UUID | None = start
        while at is not None and at in taken_from and at not in seen:
            seen.add(at)
            path[at] = len(path)
            at = taken_from[at]
        if at in path:
            ring = list(path)[path[at] :]
            sizes |= dict.fromkeys(ring, len(ring))
    return sizes
