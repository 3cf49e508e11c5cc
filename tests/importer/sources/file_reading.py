"""Read a school's file in tests, without a database, and look at its document part by part."""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby

from services.importer.domain.roster import Document
from services.importer.sources.file_people import PersonRow
from services.importer.sources.file_records import FileTally, RecordMaker, header_of, notes_on
from services.importer.sources.file_rows import BadCell, read_row
from services.importer.sources.layout import Layout
from services.importer.sources.raw_rows import RawRow
from services.importer.sources.school_file import open_file, stored_rows
from shared.clock import AMSTERDAM
from shared.roster.document import (
    GroupRecord,
    MembershipRecord,
    PersonRecord,
    ProblemRecord,
    Record,
)

MOMENT = datetime(2026, 11, 24, 9, tzinfo=UTC)
HEAD = "leerlingnummer;roepnaam;achternaam"


def at_the_door(
    content: bytes, mapping: Mapping[str, int] | None = None
) -> tuple[Layout, list[RawRow]]:
    """The layout and the rows that get in."""
    found = open_file(io.BytesIO(content), MOMENT.astimezone(AMSTERDAM).date())
    layout = found.layout if mapping is None else found.layout.mapped(mapping)
    layout.check_complete()
    return layout, [row for piece in found.pieces() for row in stored_rows(piece)]


def _read_rows(
    content: bytes, mapping: Mapping[str, int] | None = None
) -> tuple[Layout, list[PersonRow], list[BadCell], FileTally]:
    layout, stored = at_the_door(content, mapping)
    rows: list[PersonRow] = []
    bad: list[BadCell] = []
    tally = FileTally()
    for raw in stored:
        if raw.is_total:
            tally.is_counted = True
            continue
        row, found = read_row(raw, layout)
        tally.count(row)
        bad += found
        if row is not None:
            rows.append(PersonRow.restored(row.stored()))
    return layout, rows, bad, tally


def read(text: str | bytes, mapping: Mapping[str, int] | None = None) -> Document:
    """The document of a file, UTF-8 unless given as bytes."""
    content = text.encode() if isinstance(text, str) else text
    layout, rows, _, tally = _read_rows(content, mapping)
    maker = RecordMaker(MOMENT)
    ordered = sorted(rows, key=lambda row: row.ref)
    records = [
        record
        for _, same in groupby(ordered, key=lambda row: row.ref)
        for record in maker.records(list(same))
    ]
    maker.check_current()
    return Document(
        header_of(layout, tally, MOMENT),
        list(_only(PersonRecord, records)),
        list(_only(GroupRecord, records)),
        list(_only(MembershipRecord, records)),
    )


def _only(kind: type, records: list[Record]) -> Iterator:  # type: ignore[type-arg]
    return (record for record in records if isinstance(record, kind))


def bad_cells(text: str | bytes) -> list[BadCell]:
    """What is wrong with a file's rows."""
    return _read_rows(text.encode() if isinstance(text, str) else text)[2]


def problems(text: str | bytes) -> list[ProblemRecord]:
    """What a file's reader complains of: columns left out, then rows."""
    content = text.encode() if isinstance(text, str) else text
    layout, _, bad, tally = _read_rows(content)
    rows = [ProblemRecord(code=one.code, detail=one.detail, place=one.place) for one in bad]
    return [*notes_on(layout, tally), *rows]


def only_pupil(text: str | bytes) -> dict[str, str | None]:
    """The fields of a file's one pupil; nothing may be wrong with the file."""
    assert problems(text) == []
    (person,) = read(text).people
    return person.fields
