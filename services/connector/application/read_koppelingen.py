"""Show koppelingen."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.connector.application.views import KoppelingView, koppeling_view, koppeling_views
from services.connector.store.koppelingen import find_koppelingen
from shared.database import Database


@dataclass(frozen=True)
class Wanted:
    """Which koppelingen; None does not limit."""

    brin: str | None = None
    product: str | None = None
    state: str | None = None
    stale_since: datetime | None = None


async def read_koppelingen(
    database: Database, wanted: Wanted, *, after: UUID | None, limit: int
) -> tuple[list[KoppelingView], UUID | None]:
    """At most `limit` koppelingen after a given one, and the last one's id when more follow."""
    async with database.transaction() as connection:
        found = await find_koppelingen(
            connection,
            brin=wanted.brin,
            product=wanted.product,
            state=wanted.state,
            stale_since=wanted.stale_since,
            after=after,
            limit=limit + 1,
        )
        views = await koppeling_views(connection, found[:limit])
    return views, views[-1].id if len(found) > limit else None


async def read_koppeling(
    database: Database, koppeling_id: UUID, only_product: str | None
) -> KoppelingView:
    """One koppeling.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction() as connection:
        return await koppeling_view(connection, koppeling_id, only_product)
