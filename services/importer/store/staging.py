"""The staged roster document of a run."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.bulk import copy_rows
from services.importer.store.tables import import_line
from shared.roster.document import Record

_LINES = text("SELECT record::text FROM import_line WHERE run_id = :run_id ORDER BY position")


async def add_lines(
    connection: AsyncConnection,
    run_id: UUID,
    school_id: UUID,
    first: int,
    records: Sequence[Record],
) -> None:
    """Stage records from position `first` on."""
    rows = (
        (run_id, school_id, first + at, record.model_dump_json())
        for at, record in enumerate(records)
    )
    await copy_rows(connection, import_line, ("run_id", "school_id", "position", "record"), rows)


async def read_lines(connection: AsyncConnection, run_id: UUID) -> list[str]:
    """All staged records in their order, as JSON: to parse them here would hold the worker up."""
    rows = await connection.execute(_LINES, {"run_id": run_id})
    return list(rows.scalars())


async def has_lines(connection: AsyncConnection, run_id: UUID) -> bool:
    """Whether a run's document is staged."""
    first = select(import_line.c.run_id).where(import_line.c.run_id == run_id).limit(1)
    return (await connection.execute(first)).first() is not None


async def remove_lines(connection: AsyncConnection, run_id: UUID) -> None:
    """Forget what was staged."""
    await connection.execute(delete(import_line).where(import_line.c.run_id == run_id))
