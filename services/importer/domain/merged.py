"""Who was merged is known by the keys of both: in every next import they are one person."""

from collections.abc import Iterable, Iterator
from functools import partial

from services.importer.domain.keys import COMPARED
from services.importer.domain.normalise import same
from services.importer.domain.roster import Person
from shared.roster.document import PersonRecord


def led_to(people: Iterable[Person]) -> Iterator[tuple[Person, Person]]:
    """Each person's row, with whom its keys lead to: themselves, or who they turned out to be."""
    everybody = {person.id: person for person in people}
    for row in everybody.values():
        yield row, everybody.get(row.merged_into, row) if row.merged_into else row


def spoken_for(
    person: Person, family: Iterable[PersonRecord]
) -> tuple[PersonRecord, list[PersonRecord]]:
    """Of the records of somebody who was merged the one that speaks, and the others.

    The source may go on having them twice. The record with the strongest own key speaks; of the
    others only the memberships count. What speaks never takes away a key that another goes by:
    that one would lead to nobody in the next import, and they would be doubled.
    """
    first, *others = sorted(family, key=partial(_precedence, person))
    kept = {name for name in COMPARED if any(_says(record, person, name) for record in others)}
    fields = {name: value for name, value in first.fields.items() if name not in kept}
    return first.model_copy(update={"fields": fields}), others


def _precedence(person: Person, record: PersonRecord) -> tuple[bool | str, ...]:
    is_own = record.key is not None and record.key == person.source_key
    return not is_own, *(not _says(record, person, name) for name in COMPARED), record.ref


def _says(record: PersonRecord, person: Person, name: str) -> bool:
    value = record.fields.get(name)
    return value is not None and same(name, value, person.fields.get(name))
