"""Who needs no looking at: most of a roster is as it was, and costs next to nothing.

Somebody whom the source describes in the very words that Numo holds, and who shares no key with
anybody else of either side, cannot appear in a plan: one pass over two registers finds all of
them, and nothing that follows sees them. Somebody whom the source knows by its key and describes
in other words, with no key of anybody else's, is that person: what differs is all there is to say.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from uuid import UUID

from services.importer.domain.decisions import Decisions, source_identity
from services.importer.domain.keys import KEY_FIELDS, keys_of
from services.importer.domain.ordered_join import UNSURE, join
from services.importer.domain.roster import Document, Person, Roster
from shared.roster.document import PersonRecord

# A record, whom it is about beyond doubt, and the fields that differ.
Meet = Callable[[PersonRecord, Person, list[str]], None]


def unlike(record: PersonRecord, person: Person) -> list[str]:
    """The fields in which a record says something else than Numo, to the letter."""
    had = person.fields.get
    return [name for name, value in record.fields.items() if had(name) != value]


class Resting:
    """The people who are on both sides in the same words, of whom nothing was decided."""

    def __init__(self, numo: Roster, source: Document, decisions: Decisions) -> None:
        """Compare the two registers."""
        self._numo, self._source = numo.register, source.register
        self._held, self._told = self._numo.side, self._source.side
        if decisions:
            named = {decision.subject_id for decision in decisions.values()}
            self._held = self._numo.with_unsure(lambda one: one.id in named)
            self._told = self._source.with_unsure(lambda one: source_identity(one) in decisions)
        # Where those are who do not rest.
        self._awake = join(self._held, self._told)

    def others(self, meet: Meet) -> tuple[list[Person], list[PersonRecord]]:
        """People and records that must be matched, each in the order of its register.

        Pairs that need no matching are met one by one: what was just compared is near at hand,
        and of a million people most is far.
        """
        people, records = [*self._awake.left], [*self._awake.right]
        held, told = self._held.words, self._told.words
        for holder, place in self._awake.both:
            record, person = self._source.people[place], self._numo.people[holder]
            is_sure = held[holder] is not UNSURE and told[place] is not UNSURE
            differs = self._unlike(record, person) if is_sure else None
            if differs is None:
                people.append(holder)
                records.append(place)
            else:
                meet(record, person, differs)
        return self._numo.at(people), self._source.at(records)

    @cached_property
    def ids(self) -> Mapping[str, UUID]:
        """Who a record that rests is, by its ref."""
        # By key, which is exact: a hash may say that somebody is as they were, never who they are.
        holders = dict(zip(self._held.keys, self._numo.people, strict=True))
        awake = {*self._awake.right, *(place for _, place in self._awake.both)}
        records = zip(self._source.people, self._told.keys, strict=True)
        return {
            record.ref: holders[key].id
            for place, (record, key) in enumerate(records)
            if place not in awake
        }

    @cached_property
    def people(self) -> frozenset[UUID]:
        """Everybody who rests."""
        return frozenset(self.ids.values())

    def _unlike(self, record: PersonRecord, person: Person) -> list[str] | None:
        """What differs in who has a record's key; None where somebody else may be meant."""
        if person.role is not record.role:
            return None
        differs = unlike(record, person)
        if KEY_FIELDS.isdisjoint(differs) and record.fields.keys() >= KEY_FIELDS:
            # Each side's own register says that nobody shares them.
            return differs
        wanted = set(keys_of(record.role, record.key, record.fields))
        held = set(keys_of(person.role, person.source_key, person.fields))
        is_alone = not any(map(self._numo.has, wanted - held)) and not any(
            map(self._source.has, held - wanted)
        )
        return differs if is_alone else None
