"""Show what happened to a koppeling."""

from uuid import UUID

from services.connector.application.views import koppeling_view
from services.connector.store.events import StoredEvent, find_events
from shared.database import Database


async def read_history(
    database: Database,
    koppeling_id: UUID,
    *,
    only_product: str | None,
    after: UUID | None,
    limit: int,
) -> tuple[list[StoredEvent], UUID | None]:
    """At most `limit` transitions after a given one, and the last one's id when more follow.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction() as connection:
        await koppeling_view(connection, koppeling_id, only_product)
        found = await find_events(connection, koppeling_id, after, limit + 1)
    shown = found[:limit]
    return shown, shown[-1].id if len(found) > limit else None
