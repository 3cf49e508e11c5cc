"""License products: kept by ops, and required by whatever names one."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.domain.license_product import LicenseProduct
from services.licensing.store.products import (
    find_license_product,
    find_license_products,
    save_license_product,
)
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


async def put_license_product(
    database: Database, wanted: LicenseProduct, only_product: str | None
) -> LicenseProduct:
    """Store a license product as wanted; asking again changes nothing.

    Raises:
        Refusal: product_unknown, also for a Kurve product that the caller may not see, and
            license_product_unknown when the code belongs to such a product.

    """
    if only_product not in {None, wanted.product}:
        raise Refusal(ErrorCode.PRODUCT_UNKNOWN)
    try:
        async with database.transaction() as connection:
            there = await find_license_product(connection, wanted.code)
            if there is not None and only_product not in {None, there.product}:
                raise Refusal(ErrorCode.LICENSE_PRODUCT_UNKNOWN)
            await save_license_product(connection, wanted)
    except IntegrityError:
        # The one thing that a license product refers to is its Kurve product.
        raise Refusal(ErrorCode.PRODUCT_UNKNOWN) from None
    return wanted


async def read_license_products(
    database: Database, only_product: str | None
) -> list[LicenseProduct]:
    """Every license product that the caller may see."""
    async with database.transaction() as connection:
        return await find_license_products(connection, only_product)


async def require_license_product(
    connection: AsyncConnection, code: str, only_product: str | None
) -> LicenseProduct:
    """The license product of this code; license_product_unknown also for another product's."""
    found = await find_license_product(connection, code)
    if found is None or only_product not in {None, found.product}:
        raise Refusal(ErrorCode.LICENSE_PRODUCT_UNKNOWN)
    return found
