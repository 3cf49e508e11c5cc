"""One side's people by what tells who they are; `resting` says what that is good for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Generic, NamedTuple, Protocol, TypeVar

from services.importer.domain.keys import COMPARED, FIELD_OF, SOURCE, Key, Values
from services.importer.domain.ordered_join import UNSURE, Side
from shared.roster.document import PERSON_FIELDS, PersonRole


class _Described(Protocol):
    @property
    def role(self) -> PersonRole: ...

    @property
    def fields(self) -> Values: ...


T = TypeVar("T", bound=_Described)
_PUPIL = PersonRole.PUPIL
_all_of = itemgetter(*PERSON_FIELDS)


class _Column(NamedTuple):
    """One key of everybody who may have it: their places, and their values as they are."""

    name: tuple[str, PersonRole | None]
    places: Sequence[int]
    values: Sequence[str | None]
    compared: Callable[[str], str]


class Register(Generic[T]):
    """People, or records of people, in the order of the source's keys.

    `side` has their keys, empty for none, and for a word the hash of what each of them says, to
    the letter; UNSURE where somebody has no key of the source's, shares a key with another one, or
    must be looked at for another reason.

    Python's hash is keyed anew in each process, and has 64 bits: that one changed person of a
    school of 1,000 is taken for unchanged has a chance of one in 10**16, and the next import, with
    another key, finds them. A digest that nobody could forge would cost four times as much.
    """

    def __init__(
        self, people: Sequence[T], keys: Sequence[str], must_be_looked_at: Callable[[T], bool]
    ) -> None:
        """Read everybody once, a column at a time."""
        order = sorted(range(len(people)), key=keys.__getitem__)
        self.people = list(map(people.__getitem__, order))
        self._keys = list(map(keys.__getitem__, order))
        words = [
            UNSURE if must_be_looked_at(one) else _said(one.role, key, one.fields)
            for one, key in zip(self.people, self._keys, strict=True)
        ]
        for column in self._columns():
            for place in _shared(column):
                words[place] = UNSURE
        self.side = Side(self._keys, words)

    def with_unsure(self, is_unsure: Callable[[T], bool]) -> Side:
        """The side, with these people to be looked at as well."""
        pairs = zip(self.people, self.side.words, strict=True)
        return Side(self._keys, [UNSURE if is_unsure(one) else said for one, said in pairs])

    def at(self, places: Iterable[int]) -> list[T]:
        """Who is at these places, in the register's order."""
        return [self.people[place] for place in sorted(places)]

    def has(self, key: Key) -> bool:
        """Whether anybody has a key."""
        name, role, value = key
        return value in self._held.get((name, role), ())

    @cached_property
    def _held(self) -> Mapping[tuple[str, PersonRole | None], set[str]]:
        # Asked only about keys that change.
        return {
            column.name: set(map(column.compared, filter(None, column.values)))
            for column in self._columns()
        }

    def _columns(self) -> Iterator[_Column]:
        everybody = range(len(self.people))
        yield _Column((SOURCE, None), everybody, self._keys, str)
        for role, fields in FIELD_OF.items():
            places = [place for place in everybody if self.people[place].role is role]
            said = [self.people[place].fields for place in places]
            for name, field in fields.items():
                values = [one.get(field) for one in said]
                yield _Column((name, role), places, values, COMPARED[field])


def _shared(column: _Column) -> list[int]:
    values = list(map(column.compared, filter(None, column.values)))
    if len(set(values)) == len(values):
        return []
    times = Counter(values)
    return [
        place
        for place, value in zip(column.places, column.values, strict=True)
        if value and times[column.compared(value)] > 1
    ]


def _said(role: PersonRole, key: str, fields: Values) -> float:
    if not key:
        return UNSURE
    try:
        values = _all_of(fields)
    except KeyError:
        # What a source may not say is compared with what is empty in Numo.
        values = tuple(map(fields.get, PERSON_FIELDS))
    return hash((key, role is _PUPIL, values))
