"""What of an import's source could not be read, with the values, for who must mend it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from services.importer.application.read_imports import read_import
from services.importer.store.problems import every_problem, list_problems
from shared.database import Database


async def read_problems(
    database: Database, school_id: UUID, run_id: UUID, *, after: int | None, limit: int
) -> list[Mapping[str, Any]]:
    """Part of an import's problems in their order; not_found when it is another's."""
    await read_import(database, school_id, run_id)
    async with database.transaction(school_id) as connection:
        return await list_problems(connection, run_id, after, limit)


async def all_problems(
    database: Database, school_id: UUID, run_id: UUID
) -> AsyncIterator[Mapping[str, Any]]:
    """An import's problems as they come from the database."""
    async with database.transaction(school_id) as connection:
        async for row in every_problem(connection, run_id):
            yield row
