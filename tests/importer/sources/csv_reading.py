"""Read a CSV in tests, and look at its document part by part."""

from datetime import UTC, datetime

from services.importer.domain.roster import Document
from services.importer.sources.csv_file import read_csv
from shared.roster.document import (
    GroupRecord,
    Header,
    MembershipRecord,
    PersonRecord,
    ProblemRecord,
)

MOMENT = datetime(2026, 11, 24, 9, tzinfo=UTC)
HEAD = "leerlingnummer;roepnaam;achternaam"


def read(text: str | bytes) -> Document:
    """The document of a file, UTF-8 unless given as bytes."""
    records = read_csv(text.encode() if isinstance(text, str) else text, MOMENT)
    header = records[0]
    assert isinstance(header, Header)
    return Document(
        header,
        [record for record in records if isinstance(record, PersonRecord)],
        [record for record in records if isinstance(record, GroupRecord)],
        [record for record in records if isinstance(record, MembershipRecord)],
    )


def problems(text: str | bytes) -> list[ProblemRecord]:
    """What a file's reader complains of."""
    records = read_csv(text.encode() if isinstance(text, str) else text, MOMENT)
    return [record for record in records if isinstance(record, ProblemRecord)]


def only_pupil(text: str | bytes) -> dict[str, str | None]:
    """The fields of a file's one pupil; nothing may be wrong with the file."""
    assert problems(text) == []
    (person,) = read(text).people
    return person.fields
