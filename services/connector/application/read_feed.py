"""Show other products what happens to their koppelingen."""

from services.connector.store.events import FeedEvent, find_feed
from shared.database import Database


async def read_feed(
    database: Database, *, only_product: str | None, after: int, limit: int
) -> list[FeedEvent]:
    """At most `limit` events after a position, oldest first; none that comes later is before it."""
    async with database.transaction() as connection:
        return await find_feed(connection, only_product, after, limit)
