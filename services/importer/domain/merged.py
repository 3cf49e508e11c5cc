"""Who was merged is known by the keys of both: in every next import they are one person."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from uuid import UUID

from services.importer.domain.duplicates import Unique
from services.importer.domain.normalise import same
from services.importer.domain.roster import Person
from shared.roster.document import PersonRecord


def led_to(people: Iterable[Person]) -> Iterator[tuple[Person, Person]]:
    """Each person's row, with whom its keys lead to: themselves, or who they turned out to be."""
    everybody = {person.id: person for person in people}
    for row in everybody.values():
        yield row, everybody.get(row.merged_into, row) if row.merged_into else row


def survivors(people: Iterable[Person]) -> set[UUID]:
    """Who has the keys of somebody else too."""
    return {person.merged_into for person in people if person.merged_into is not None}


def fold_merged(
    unique: Unique[PersonRecord],
    merged: Collection[UUID],
    meant: Callable[[PersonRecord], Person | None],
) -> None:
    """Leave one record of each who was merged, and lead the others' refs to it.

    The source may go on having them twice. The record under the own key speaks, else the one
    with the own leerlingnummer; of the others only the memberships count.
    """
    if not merged:
        return
    families: dict[UUID, list[tuple[tuple[bool, bool, str], str]]] = defaultdict(list)
    for record in unique.records:
        person = meant(record)
        if person is not None and person.id in merged:
            families[person.id].append((_precedence(record, person), record.ref))
    speaking = {}
    for family in families.values():
        (_, speaks), *others = sorted(family)
        speaking.update({ref: speaks for _, ref in others})
    unique.records = [record for record in unique.records if record.ref not in speaking]
    kept = {ref: speaking.get(kept, kept) for ref, kept in unique.same_as.items()}
    unique.same_as = kept | speaking


def _precedence(record: PersonRecord, person: Person) -> tuple[bool, bool, str]:
    numbers = record.fields.get("pupil_number"), person.fields.get("pupil_number")
    return (
        record.key is None or record.key != person.source_key,
        not same("pupil_number", *numbers),
        record.ref,
    )
