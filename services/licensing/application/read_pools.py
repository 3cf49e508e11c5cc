"""Look at what a school has and has used."""

from uuid import UUID

from services.licensing.domain.pool import Pool
from services.licensing.store.pools import find_pools
from shared.database import Database


async def read_pools(
    database: Database,
    school_id: UUID,
    *,
    schooljaar: str | None,
    after: UUID | None,
    limit: int,
) -> list[Pool]:
    """A school's pools, oldest first; none for a school that does not exist."""
    async with database.transaction(school_id) as connection:
        return await find_pools(connection, school_id, schooljaar, after, limit)
