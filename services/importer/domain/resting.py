"""Who needs no looking at: most of a roster is as it was, and costs next to nothing.

Somebody whom the source describes in the very words that Numo holds, and who shares no key with
anybody else of either side, cannot appear in a plan: one lookup finds them, and nothing that
follows sees them. Somebody whom the source knows by its key and describes in other words, with no
key of anybody else's, is that person: what differs is all there is to say.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from uuid import UUID

from services.importer.domain.decisions import Decisions, source_identity
from services.importer.domain.register import KEY_FIELDS, Register, keys_of
from services.importer.domain.roster import Document, Person, Roster
from shared.roster.document import PersonRecord


class Resting:
    """The people who are on both sides in the same words, of whom nothing was decided."""

    def __init__(self, numo: Roster, source: Document, decisions: Decisions) -> None:
        """Compare the two registers."""
        self._numo: Register[Person] = numo.register
        self._source: Register[PersonRecord] = source.register
        self._decisions = decisions
        self._named = {decision.person_id for decision in decisions.values()}
        # Of whom something was decided is looked at, whatever they say.
        self._decided: set[str | None] = set()
        if decisions:
            self._decided.update(self._said_by_decided())

    def others(self) -> tuple[list[Person], list[PersonRecord], list[tuple[PersonRecord, Person]]]:
        """Who must be matched, and the pairs that need none: a record and whom it is about."""
        found = list(map(self._numo.places.get, self._source.words))
        if self._decided:
            words = zip(found, self._source.words, strict=True)
            found = [None if said in self._decided else place for place, said in words]
        open_people = set(range(len(self._numo.people))).difference(found)
        pairs, records = [], []
        for place in [at for at, person in enumerate(found) if person is None]:
            holder = self._holder(place)
            if holder is None:
                records.append(self._source.people[place])
            else:
                pairs.append((self._source.people[place], self._numo.people[holder]))
                open_people.remove(holder)
        return [self._numo.people[place] for place in sorted(open_people)], records, pairs

    @cached_property
    def ids(self) -> Mapping[str, UUID]:
        """Who a record that rests is, by its ref."""
        places = self._numo.places
        return {
            record.ref: self._numo.people[places[said]].id
            for record, said in zip(self._source.people, self._source.words, strict=True)
            if said is not None and said in places and said not in self._decided
        }

    @cached_property
    def people(self) -> frozenset[UUID]:
        """Everybody who rests."""
        return frozenset(self.ids.values())

    def _holder(self, place: int) -> int | None:
        """The place of the person whom a record is about, where nobody else can be meant."""
        record = self._source.people[place]
        holder = self._numo.holders.get(("key", None, record.key or ""))
        if holder is None or None in (self._source.words[place], self._numo.words[holder]):
            return None
        person = self._numo.people[holder]
        if person.role is not record.role or self._is_decided(record, person):
            return None
        if all(record.fields.get(name) == person.fields.get(name) for name in KEY_FIELDS):
            # Each side's own register says that nobody shares them.
            return holder
        wanted = keys_of(record.role, record.key, record.fields)
        held = keys_of(person.role, person.source_key, person.fields)
        is_alone = all(self._numo.holders.get(key, holder) == holder for key in wanted) and all(
            self._source.holders.get(key, place) == place for key in held
        )
        return holder if is_alone else None

    def _is_decided(self, record: PersonRecord, person: Person) -> bool:
        if not self._decisions:
            return False
        return person.id in self._named or source_identity(record) in self._decisions

    def _said_by_decided(self) -> Iterator[str | None]:
        for person, said in zip(self._numo.people, self._numo.words, strict=True):
            if person.id in self._named:
                yield said
        for record, said in zip(self._source.people, self._source.words, strict=True):
            if source_identity(record) in self._decisions:
                yield said
