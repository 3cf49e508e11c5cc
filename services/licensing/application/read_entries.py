"""The feed of the ledger for invoicing: what came since a reader's last look, none missed."""

from uuid import UUID

from services.licensing.store.entries import FedEntry, Place, entries_since
from shared.database import Database

__all__ = ["BEGINNING", "FedEntry", "Place", "read_entries"]

# Before the first entry of all.
BEGINNING = Place(0, UUID(int=0))


async def read_entries(
    database: Database, after: Place, *, only_product: str | None, limit: int
) -> tuple[list[FedEntry], Place, bool]:
    """At most `limit` entries after a place, the place to read on from, and whether more are there.

    An entry shows when every transaction that began before it has ended: a little late, never
    behind a reader.
    """
    async with database.transaction() as connection:
        found = await entries_since(connection, after, product=only_product, limit=limit + 1)
    shown = found[:limit]
    place = Place(shown[-1].written_by, shown[-1].id) if shown else after
    return shown, place, len(found) > limit
