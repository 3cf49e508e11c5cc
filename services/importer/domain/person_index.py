"""The people of a roster by each of their keys; whoever was merged is found by the keys of both."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from services.importer.domain.keys import LEVELS, weak_keys
from services.importer.domain.merged import led_to
from services.importer.domain.roster import Fields, Person
from shared.roster.document import PersonRecord, PersonRole


class PersonIndex:
    """The people of a roster by each of their keys."""

    def __init__(self, people: Iterable[Person]) -> None:
        """Read every person once."""
        self.by_id = dict[UUID, Person]()
        self.by_source_key: dict[str, Person] = {}
        self._by: dict[tuple[str, PersonRole, str], list[Person]] = defaultdict(list)
        led: list[tuple[Person, Person]] = []
        for row, person in led_to(people):
            self.by_id[row.id] = person
            if row.source_key is not None:
                self.by_source_key[row.source_key] = person
            if row is not person:
                led.append((row, person))
                continue
            for name, value in weak_keys(row.role, row.fields).items():
                self._by[name, row.role, value].append(person)
        # Who has the keys of somebody else too.
        self.merged = {person.id for _, person in led}
        for row, person in led:
            self._lead(row, person)

    def _lead(self, row: Person, person: Person) -> None:
        """Let the keys of who was merged lead to who stayed, unless they are somebody's by now."""
        for name, value in weak_keys(row.role, row.fields).items():
            holders = self._by[name, row.role, value]
            if person not in holders and not any(holder.active for holder in holders):
                holders.append(person)

    def is_of_one(self, records: Iterable[PersonRecord]) -> bool:
        """Whether by the source's own keys they are all of one person, who was merged."""
        found = [self.by_source_key.get(record.key or "") for record in records]
        ids = {person and person.id for person in found}
        return len(ids) == 1 and not ids.isdisjoint(self.merged)

    def holders(self, record: PersonRecord, name: str) -> list[Person]:
        """Who has the record's value of a key, the archived too."""
        return self.sharing(name, record.role, record.fields)

    def sharing(self, name: str, role: PersonRole, fields: Fields) -> list[Person]:
        """Who of a role has one key with these fields in common."""
        keys = weak_keys(role, fields)
        return self._by.get((name, role, keys[name]), []) if name in keys else []

    def anyone(self, record: PersonRecord) -> list[Person]:
        """Everybody whom any key of the record points at."""
        keyed = self.by_source_key.get(record.key or "")
        found = [] if keyed is None else [keyed]
        return found + [p for name in LEVELS for p in self.holders(record, name)]
