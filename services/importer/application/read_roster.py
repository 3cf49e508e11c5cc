"""Look at Numo's roster of a school."""

from typing import Any
from uuid import UUID

from services.importer.store.roster import list_groups, list_people
from shared.database import Database


async def read_people(
    database: Database,
    school_id: UUID,
    wanted: dict[str, str | None],
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of people, by id; `wanted` may name role and state."""
    async with database.transaction(school_id) as connection:
        return await list_people(connection, school_id, wanted, after, limit)


async def read_groups(
    database: Database,
    school_id: UUID,
    wanted: dict[str, str | None],
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of groups, by id; `wanted` may name kind and state."""
    async with database.transaction(school_id) as connection:
        return await list_groups(connection, school_id, wanted, after, limit)
