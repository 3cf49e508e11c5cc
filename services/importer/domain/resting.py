"""Who needs no looking at: most of a roster is as it was, and costs next to nothing.

Somebody whom the source describes in the very words that Numo holds, and who shares no key with
anybody else of either side, cannot appear in a plan: one operation on two sets finds all of them,
and nothing that follows sees them. Somebody whom the source knows by its key and describes in other
words, with no key of anybody else's, is that person: what differs is all there is to say.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress
from typing import NamedTuple
from uuid import UUID

from services.importer.domain.decisions import Decisions, source_identity
from services.importer.domain.keys import KEY_FIELDS, keys_of
from services.importer.domain.register import Register
from services.importer.domain.roster import Document, Person, Roster
from shared.roster.document import PersonRecord


class Pair(NamedTuple):
    """A record and whom it is about, beyond doubt; `unlike` are the fields that differ."""

    record: PersonRecord
    person: Person
    unlike: list[str]


class Others(NamedTuple):
    """Who does not rest: people and records that must be matched, and pairs that need not."""

    people: list[Person]
    records: list[PersonRecord]
    pairs: list[Pair]


def unlike(record: PersonRecord, person: Person) -> list[str]:
    """The fields in which a record says something else than Numo, to the letter."""
    had = person.fields.get
    return [name for name, value in record.fields.items() if had(name) != value]


class Resting:
    """The people who are on both sides in the same words, of whom nothing was decided."""

    def __init__(self, numo: Roster, source: Document, decisions: Decisions) -> None:
        """Compare the two registers."""
        self._numo: Register[Person] = numo.register
        self._source: Register[PersonRecord] = source.register
        self._decisions = decisions
        self._named = {decision.subject_id for decision in decisions.values()}
        self._awake: set[int | None] = {None, *(self._numo.said ^ self._source.said)}
        if decisions:
            # Of whom something was decided is looked at, whatever they say.
            self._awake.update(self._said_by_decided())

    def others(self) -> Others:
        """Who does not rest, each in the order of its side."""
        people, records = self._places(self._numo), self._places(self._source)
        words, keys = self._numo.words, self._numo.keys
        by_key = {keys[place]: place for place in people if words[place] is not None}
        found = Others([], [], [])
        paired = set()
        for place in records:
            is_sure = self._source.words[place] is not None
            holder = by_key.get(self._source.keys[place]) if is_sure else None
            pair = None if holder is None else self._pair(place, holder)
            if pair is None:
                found.records.append(self._source.people[place])
            else:
                found.pairs.append(pair)
                paired.add(holder)
        found.people.extend(self._numo.people[place] for place in people if place not in paired)
        return found

    @cached_property
    def ids(self) -> Mapping[str, UUID]:
        """Who a record that rests is, by its ref."""
        # By key, which is exact: a hash may say that somebody is as they were, never who they are.
        holders = dict(zip(self._numo.keys, self._numo.people, strict=True))
        side = self._source
        return {
            record.ref: holders[key].id
            for record, key, said in zip(side.people, side.keys, side.words, strict=True)
            if said not in self._awake
        }

    @cached_property
    def people(self) -> frozenset[UUID]:
        """Everybody who rests."""
        return frozenset(self.ids.values())

    def _places(self, side: Register[Person] | Register[PersonRecord]) -> Sequence[int]:
        words = side.words
        return list(compress(range(len(words)), map(self._awake.__contains__, words)))

    def _pair(self, place: int, holder: int) -> Pair | None:
        """A record and who has its key, where nobody else can be meant."""
        record, person = self._source.people[place], self._numo.people[holder]
        if person.role is not record.role or self._is_decided(record, person):
            return None
        differs = unlike(record, person)
        if KEY_FIELDS.isdisjoint(differs) and record.fields.keys() >= KEY_FIELDS:
            # Each side's own register says that nobody shares them.
            return Pair(record, person, differs)
        wanted = set(keys_of(record.role, record.key, record.fields))
        held = set(keys_of(person.role, person.source_key, person.fields))
        is_alone = not any(map(self._numo.has, wanted - held)) and not any(
            map(self._source.has, held - wanted)
        )
        return Pair(record, person, differs) if is_alone else None

    def _is_decided(self, record: PersonRecord, person: Person) -> bool:
        if not self._decisions:
            return False
        return person.id in self._named or source_identity(record) in self._decisions

    def _said_by_decided(self) -> Iterator[int | None]:
        for person, said in zip(self._numo.people, self._numo.words, strict=True):
            if person.id in self._named:
                yield said
        for record, said in zip(self._source.people, self._source.words, strict=True):
            if source_identity(record) in self._decisions:
                yield said
