"""Products: SQL."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.store.tables import product


@dataclass(frozen=True)
class StoredProduct:
    """A product; its secret is still sealed."""

    code: str
    name: str
    somtoday_client_id: str
    somtoday_client_secret: bytes
    required_datavelden: tuple[str, ...]
    optional_datavelden: tuple[str, ...]


async def save_product(connection: AsyncConnection, wanted: StoredProduct) -> None:
    """Make a product, or make it as wanted."""
    values = {
        "code": wanted.code,
        "name": wanted.name,
        "somtoday_client_id": wanted.somtoday_client_id,
        "somtoday_client_secret": wanted.somtoday_client_secret,
        "required_datavelden": list(wanted.required_datavelden),
        "optional_datavelden": list(wanted.optional_datavelden),
    }
    statement = insert(product).values(values)
    changed = {name: statement.excluded[name] for name in values if name != "code"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["code"], set_=changed))


async def find_product(connection: AsyncConnection, code: str) -> StoredProduct | None:
    """One product."""
    found = await _select(connection, product.c.code == code)
    return found[0] if found else None


async def find_products(connection: AsyncConnection, only: str | None) -> list[StoredProduct]:
    """Every product by code, or the one that a caller may see."""
    return await _select(connection, *([] if only is None else [product.c.code == only]))


async def lock_products(connection: AsyncConnection) -> list[StoredProduct]:
    """Every product by code, that nobody else changes until this transaction ends."""
    await connection.execute(select(product.c.code).order_by(product.c.code).with_for_update())
    return await _select(connection)


async def _select(
    connection: AsyncConnection, *conditions: ColumnElement[bool]
) -> list[StoredProduct]:
    rows = await connection.execute(select(product).where(*conditions).order_by(product.c.code))
    return [
        StoredProduct(
            code=row.code,
            name=row.name,
            somtoday_client_id=row.somtoday_client_id,
            somtoday_client_secret=bytes(row.somtoday_client_secret),
            required_datavelden=tuple(row.required_datavelden),
            optional_datavelden=tuple(row.optional_datavelden),
        )
        for row in rows
    ]
