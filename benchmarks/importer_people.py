"""A million pupils as Numo holds them and as a source tells of them, of whom some changed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from services.importer.domain.roster import Document, Person, Roster
from shared.roster.document import PERSON_FIELDS, Header, PersonRecord, PersonRole

Row = tuple[str | None, ...]
COLUMNS = ("key", *PERSON_FIELDS)
_GIVEN, _FAMILY = 4_000, 30_000
# Every twentieth person has another value in one field, of three in turn.
_EVERY = 20
_CHANGING = ("email", "family_name", "leerjaar")


def rows(number: int) -> Iterator[Row]:
    """Pupils with everything that a school may permit."""
    return map(_row, range(number))


def changed(old: Iterable[Row]) -> Iterator[Row]:
    """The same pupils, of whom 5 % differ in one field each."""
    for at, row in enumerate(old):
        nth, is_same = divmod(at, _EVERY)
        if is_same:
            yield row
            continue
        place = COLUMNS.index(_CHANGING[nth % len(_CHANGING)])
        fresh = str((at + 1) % 6 + 1) if COLUMNS[place] == "leerjaar" else f"nieuw{at}"
        yield (*row[:place], fresh, *row[place + 1 :])


def _row(at: int) -> Row:
    return (
        f"{at:08x}-0000-4000-8000-{at:012x}",
        str(100_000 + at),
        None,
        f"Roepnaam{at % _GIVEN}",
        None if at % 3 else "van der",
        f"Achternaam{at % _FAMILY}",
        f"{at}@leerling.example",
        f"u{at}",
        f"https://ketenid.nl/{at:064x}",
        f"{at:032x}",
        str(at % 6 + 1),
        "vwo",
        f"{at % 90 + 10}AA00",
    )


def roster(old: Iterable[Row]) -> Roster:
    """The rows as Numo's roster."""
    people = (
        Person(
            UUID(int=(7 << 76) + (8 << 60) + at),
            PersonRole.PUPIL,
            row[0],
            dict(zip(PERSON_FIELDS, row[1:], strict=True)),
        )
        for at, row in enumerate(old)
    )
    return Roster.of(1, people, (), ())


def document(new: Iterable[Row]) -> Document:
    """The rows as the document of a source that holds all pupils."""
    moment = datetime(2026, 11, 25, tzinfo=UTC)
    header = Header(
        source="somtoday", schooljaar="2026-2027", fetched_at=moment, complete_for=("pupil",)
    )
    found = Document(header)
    found.people = [
        PersonRecord(
            key=row[0],
            ref=f"p{at}",
            role=PersonRole.PUPIL,
            fields=dict(zip(PERSON_FIELDS, row[1:], strict=True)),
        )
        for at, row in enumerate(new)
    ]
    return found
