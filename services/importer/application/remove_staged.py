"""Forget what a run staged: it is of no use, or is begun anew."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.file_rows import remove_rows
from services.importer.store.staging import remove_lines


async def remove_staged(connection: AsyncConnection, run_id: UUID) -> None:
    """Remove the staged document of a run, and rows of its file on their way to it."""
    await remove_lines(connection, run_id)
    await remove_rows(connection, run_id)
