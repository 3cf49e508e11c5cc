"""Look at what a school has and has used."""

from dataclasses import dataclass
from uuid import UUID

from services.licensing.domain.pool import Pool
from services.licensing.store.pools import find_pools
from shared.database import Database


@dataclass(frozen=True)
class PoolsWanted:
    """Whose pools; None does not limit to a schooljaar, or to one Kurve product."""

    school_id: UUID
    schooljaar: str | None = None
    only_product: str | None = None


async def read_pools(
    database: Database, wanted: PoolsWanted, *, after: UUID | None, limit: int
) -> list[Pool]:
    """A school's pools, oldest first; none for a school that does not exist."""
    async with database.transaction(wanted.school_id) as connection:
        return await find_pools(
            connection,
            wanted.school_id,
            schooljaar=wanted.schooljaar,
            only_product=wanted.only_product,
            after=after,
            limit=limit,
        )
