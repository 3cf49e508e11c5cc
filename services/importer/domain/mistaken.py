"""Who is meant by a record that has one's number and another's name.

One name of somebody may change, so a number with one other name is followed without a question.
But two with a name in common, two of one family, whose numbers changed places in a list would
then become each other.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from functools import cached_property
from uuid import UUID

from services.importer.domain.keys import weak_keys
from services.importer.domain.likeness import are_two, full_names, is_doubtful
from services.importer.domain.roster import Fields, Person
from shared.roster.document import PersonRecord, PersonRole

_NAMES = ("given_name", "family_name")
# Of a role: a key by its name, its value, and who it says that this is.
_Row = tuple[PersonRole, str, str, str]


class Mistaken:
    """People by their full names, and the rows of a source that are of whom they seem to be."""

    def __init__(self, people: Iterable[Person], records: Iterable[PersonRecord]) -> None:
        """Nothing is read before the first is asked about: few have one's number and one name."""
        self._people, self._records = people, records

    def asked(self, record: PersonRecord, holder: Person, taken: Container[UUID]) -> list[Person]:
        """Whom to ask of, where a number or RealId leads a record to its holder; else nobody.

        `taken` have a record already, by a stronger key.
        """
        if all(record.fields.get(name) == holder.fields.get(name) for name in _NAMES):
            return []
        if is_doubtful(record, holder):
            return [holder]
        others = [one for one in self._others(record, holder) if one.id not in taken]
        return [holder, *others] if others else []

    def _others(self, record: PersonRecord, holder: Person) -> Iterator[Person]:
        """Who is there and called as a record in full, while the holder of its number is not.

        Not who has a row of their own, of the same name and a key of theirs: a namesake.
        """
        names = set(full_names(record.fields))
        if names.isdisjoint(full_names(holder.fields)):
            found = {one.id: one for name in names for one in self._called[record.role, name]}
            for one in found.values():
                is_there = not self._rows.isdisjoint(_rows(one.role, one.fields))
                if not is_there and not are_two(record, one):
                    yield one

    @cached_property
    def _called(self) -> dict[tuple[PersonRole, str], list[Person]]:
        found: dict[tuple[PersonRole, str], list[Person]] = defaultdict(list)
        for person in self._people:
            for name in set(full_names(person.fields)) if person.active else ():
                found[person.role, name].append(person)
        return found

    @cached_property
    def _rows(self) -> set[_Row]:
        return {row for record in self._records for row in _rows(record.role, record.fields)}


def _rows(role: PersonRole, fields: Fields) -> Iterator[_Row]:
    for key, value in weak_keys(role, fields).items():
        for name in full_names(fields):
            yield role, key, value, name
