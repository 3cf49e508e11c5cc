"""Show products."""

from services.connector.store.products import StoredProduct, find_products
from shared.database import Database


async def read_products(database: Database, only: str | None) -> list[StoredProduct]:
    """Every product, or the one that a caller may see; the secret stays sealed."""
    async with database.transaction() as connection:
        return await find_products(connection, only)
