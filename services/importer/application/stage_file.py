"""The roster document of an uploaded file, however many rows it has.

First every row is read and stored with who it is about; then they come back in that order, so
that a person who stands on several rows is made of all of them, and memory holds one page.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from pydantic import ValidationError

from services.importer.application.lease import Lease
from services.importer.application.problem_log import ProblemLog
from services.importer.sources.file_people import PersonRow
from services.importer.sources.file_records import FileTally, RecordMaker, header_of, notes_on
from services.importer.sources.file_rows import BadCell, read_row
from services.importer.sources.layout import Layout
from services.importer.sources.school_file import stored_rows
from services.importer.sources.unreadable import UnreadableFileError
from services.importer.store.file_rows import StoredRow, add_rows, rows_after
from services.importer.store.problems import SourceProblem
from services.importer.store.uploads import LAYOUT, read_piece
from shared.clock import now
from shared.roster.document import Record

# A pupil of six years, at two vestigingen, in every period, is under a hundred.
_MOST_ROWS_OF_ONE = 1000


async def file_records(lease: Lease, log: ProblemLog, page_rows: int) -> AsyncGenerator[Record]:
    """The records of the run's file: header, notes on its columns, people with their classes.

    Raises:
        UnreadableFileError: it is no list of this school after all; nothing of it may be used.
        LeaseLostError: another worker has the run now.

    """
    fetched_at = now()
    layout = await _layout(lease)
    tally = await _store_rows(lease, layout, log)
    yield header_of(layout, tally, fetched_at)
    for note in notes_on(layout, tally):
        yield note
    maker = RecordMaker(fetched_at)
    async for rows in _people(lease, page_rows):
        for record in maker.records(rows):
            yield record
    maker.check_current()


async def _layout(lease: Lease) -> Layout:
    async with lease.transaction() as connection:
        piece = await read_piece(connection, lease.run_id, LAYOUT)
    try:
        return Layout.model_validate_json(piece or b"")
    except ValidationError:
        # Uploaded to the release before this one, which stored files as they came.
        raise UnreadableFileError("Dit bestand is niet meer te lezen. Kies het opnieuw.") from None


async def _store_rows(lease: Lease, layout: Layout, log: ProblemLog) -> FileTally:
    tally = FileTally()
    position = LAYOUT
    while True:
        position += 1
        async with lease.transaction() as connection:
            piece = await read_piece(connection, lease.run_id, position)
        if piece is None:
            return tally
        # In a thread, so that the heart goes on beating.
        rows, bad = await asyncio.to_thread(_read, piece, layout, tally)
        for one in bad:
            log.note(_problem(one))
        async with lease.transaction() as connection:
            await add_rows(connection, lease.run_id, lease.school_id, rows)
            await log.write(connection)


def _read(piece: bytes, layout: Layout, tally: FileTally) -> tuple[list[StoredRow], list[BadCell]]:
    rows: list[StoredRow] = []
    bad: list[BadCell] = []
    for raw in stored_rows(piece):
        if raw.is_total:
            tally.is_counted = True
            continue
        row, found = read_row(raw, layout)
        tally.count(row)
        bad += found
        if row is not None:
            rows.append(StoredRow(row.ref, raw.line, row.stored()))
    return rows, bad


def _problem(bad: BadCell) -> SourceProblem:
    return SourceProblem(
        code=bad.code,
        detail=bad.detail,
        place=bad.place,
        line=bad.line,
        column_number=bad.column,
        column_title=bad.title,
        field=bad.field,
        value=bad.value,
    )


async def _people(lease: Lease, page_rows: int) -> AsyncIterator[list[PersonRow]]:
    """All rows of one person, person by person."""
    last: StoredRow | None = None
    same: list[PersonRow] = []
    while True:
        async with lease.transaction() as connection:
            page = await rows_after(connection, lease.run_id, last, page_rows)
        for row in page:
            if last is not None and row.ref != last.ref:
                yield same
                same = []
            same.append(PersonRow.restored(row.record))
            last = row
            if len(same) > _MOST_ROWS_OF_ONE:
                msg = f"Eén nummer staat op meer dan {_MOST_ROWS_OF_ONE} regels. Klopt die kolom?"
                raise UnreadableFileError(msg)
        if len(page) < page_rows:
            break
    if same:
        yield same
