"""Who cannot get what stays with another one: the rule of leerlingnummers and of source keys."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

# By what is wanted: the place of each change that gives it, and to whom.
Wanting = Mapping[str, Sequence[tuple[int, UUID | None]]]


def refused(
    wanting: Wanting, keeping: Iterable[UUID], held: Callable[[UUID | None], str | None]
) -> set[int]:
    """The places of changes that give what one of those `keeping` holds, or the first one gets.

    Who is refused keeps what a third one may have hoped for, and so on.
    """
    later = [one for (_, first), *rest in wanting.values() for one in rest if one[1] != first]
    left: list[UUID | None] = [*keeping, *(whose for _, whose in later)]
    places = {place for place, _ in later}
    while left:
        keeper = left.pop()
        for place, whose in wanting.get(held(keeper) or "", ()):
            if whose != keeper and place not in places:
                places.add(place)
                left.append(whose)
    return places
