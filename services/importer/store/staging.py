"""The staged roster document of a run."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from zstandard import ZstdCompressor, ZstdDecompressor

from services.importer.store.tables import import_line
from shared.roster.document import Record
from shared.roster.ndjson import record_line

_FASTEST = 1
_LINES = text("""
    SELECT records, record::text FROM import_line WHERE run_id = :run_id ORDER BY position
""")


async def add_lines(
    connection: AsyncConnection,
    run_id: UUID,
    school_id: UUID,
    first: int,
    records: Sequence[Record],
) -> None:
    """Stage records from position `first` on."""
    if not records:
        return
    lines = b"".join(map(record_line, records))
    row = {
        "run_id": run_id,
        "school_id": school_id,
        "position": first,
        "records": ZstdCompressor(level=_FASTEST).compress(lines),
    }
    await connection.execute(insert(import_line).values(row))


async def read_lines(connection: AsyncConnection, run_id: UUID) -> list[str]:
    """All staged records in their order, as JSON: to parse them here would hold the worker up."""
    lines: list[str] = []
    unpack = ZstdDecompressor()
    for records, record in await connection.execute(_LINES, {"run_id": run_id}):
        if records is None:
            # Staged by the release before this one.
            lines.append(record)
        else:
            # Not by `splitlines`: a text may hold what that takes for the end of a line.
            lines += unpack.decompress(records).decode().rstrip("\n").split("\n")
    return lines


async def has_lines(connection: AsyncConnection, run_id: UUID) -> bool:
    """Whether a run's document is staged."""
    first = select(import_line.c.run_id).where(import_line.c.run_id == run_id).limit(1)
    return (await connection.execute(first)).first() is not None


async def remove_lines(connection: AsyncConnection, run_id: UUID) -> None:
    """Forget what was staged."""
    await connection.execute(delete(import_line).where(import_line.c.run_id == run_id))
