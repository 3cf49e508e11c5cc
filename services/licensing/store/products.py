"""License products: what a license covers."""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.domain.license_product import LicenseProduct
from services.licensing.store.tables import license_product


async def save_license_product(connection: AsyncConnection, made: LicenseProduct) -> None:
    """Make or change it; IntegrityError when the Kurve product does not exist."""
    values = asdict(made)
    statement = insert(license_product).values(values)
    changed = {name: value for name, value in values.items() if name != "code"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["code"], set_=changed))


async def find_license_products(
    connection: AsyncConnection, only_product: str | None
) -> list[LicenseProduct]:
    """All of them, or those of one Kurve product, by code."""
    statement = select(license_product).order_by(license_product.c.code)
    if only_product is not None:
        statement = statement.where(license_product.c.product == only_product)
    return [LicenseProduct(**row) for row in (await connection.execute(statement)).mappings()]


async def find_license_product(connection: AsyncConnection, code: str) -> LicenseProduct | None:
    """One of them; None when there is none."""
    statement = select(license_product).where(license_product.c.code == code)
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else LicenseProduct(**row)
