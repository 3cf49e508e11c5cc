"""The report of one import: everything it changed, and what it did not."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.change_filter import ChangeFilter
from services.importer.domain.report import HEADER, Row, report_rows
from services.importer.store.audit import write_audit
from services.importer.store.changes import list_changes, people_in_changes
from services.importer.store.runs import find_run
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.tabular import csv_stream, xlsx_bytes

_PAGE = 1000


async def note_report(database: Database, school_id: UUID, caller: str, run_id: UUID) -> None:
    """Note, before it is written, that everybody in an import's report is being exported.

    Raises:
        Refusal: not_found; import_not_ready, while there is no plan.

    """
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if run.summary is None:
            raise Refusal(ErrorCode.IMPORT_NOT_READY)
        people = await people_in_changes(connection, run_id)
        entry = AuditEntry(caller, AuditAction.EXPORT, "report", tuple(people), run_id)
        await write_audit(connection, school_id, entry)


def csv_report(database: Database, school_id: UUID, run_id: UUID) -> AsyncIterator[bytes]:
    """The report as a CSV, page by page: memory is flat in the size of an import."""
    return csv_stream(HEADER, _rows(database, school_id, run_id))


async def xlsx_report(database: Database, school_id: UUID, run_id: UUID) -> bytes:
    """The report as an Excel workbook."""
    rows = [row async for row in _rows(database, school_id, run_id)]
    return await asyncio.to_thread(xlsx_bytes, HEADER, rows)


async def _rows(database: Database, school_id: UUID, run_id: UUID) -> AsyncIterator[Row]:
    after: int | None = None
    while True:
        async with database.transaction(school_id) as connection:
            changes = await list_changes(connection, run_id, ChangeFilter(), after, _PAGE)
        for change in changes:
            for row in report_rows(dict(change)):
                yield row
        if len(changes) < _PAGE:
            return
        after = changes[-1]["position"]
