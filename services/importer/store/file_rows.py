"""Rows of a file, put in the order of who they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.bulk import copy_rows
from services.importer.store.file_tables import import_row

# Keyset paging: a cursor would keep one transaction, and with it the run's row, for minutes.
_AFTER = text("""
    SELECT ref, line, record FROM import_row
    WHERE run_id = :run_id AND (ref, line) > (:ref, :line) ORDER BY ref, line LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it was stored."""

    ref: str
    line: int
    record: str


async def add_rows(
    connection: AsyncConnection, run_id: UUID, school_id: UUID, rows: Sequence[StoredRow]
) -> None:
    """Store rows, in any order."""
    written = ((run_id, school_id, row.ref, row.line, row.record) for row in rows)
    columns = ("run_id", "school_id", "ref", "line", "record")
    await copy_rows(connection, import_row, columns, written)


async def rows_after(
    connection: AsyncConnection, run_id: UUID, last: StoredRow | None, most: int
) -> list[StoredRow]:
    """The next rows by person and line; `last` is where the page before ended."""
    facts = {
        "run_id": run_id,
        "ref": last.ref if last else "",
        "line": last.line if last else 0,
        "most": most,
    }
    found = await connection.execute(_AFTER, facts)
    return [StoredRow(*row) for row in found]


async def remove_rows(connection: AsyncConnection, run_id: UUID) -> None:
    """Forget a run's rows."""
    await connection.execute(delete(import_row).where(import_row.c.run_id == run_id))
