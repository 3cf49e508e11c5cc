"""Show side by side what was stated of a koppeling and what Somtoday shows of it."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.views import KoppelingView, koppeling_view
from services.connector.domain.datavelden import Dataveld
from services.connector.domain.disagreement import Disagreement, Stated, disagreements
from services.connector.domain.observation import Observed
from services.connector.store.koppelingen import StoredKoppeling, find_koppeling
from services.connector.store.observed import read_observed
from services.connector.store.products import StoredProduct, find_product, find_products
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


@dataclass(frozen=True)
class Comparison:
    """What was stated, what was observed, and where they differ."""

    stated: KoppelingView
    observed: Observed
    disagreements: list[Disagreement]


async def compare(database: Database, koppeling_id: UUID, only_product: str | None) -> Comparison:
    """Both sides of one koppeling; Somtoday is not asked for it.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction() as connection:
        koppeling = await find_koppeling(connection, koppeling_id, only_product)
        product = await find_product(connection, koppeling.product) if koppeling else None
        if koppeling is None or product is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        view = await koppeling_view(connection, koppeling_id, only_product)
        observed = (await read_observed(connection, [koppeling_id]))[koppeling_id]
    return Comparison(view, observed, disagreements(agreed(koppeling, product), observed))


async def warnings_of(
    connection: AsyncConnection, koppelingen: Collection[StoredKoppeling]
) -> dict[UUID, list[Disagreement]]:
    """Of each koppeling what somebody has to do something about; none is an empty list."""
    products = {product.code: product for product in await find_products(connection, None)}
    observed = await read_observed(connection, [one.id for one in koppelingen])
    return {
        one.id: [
            found
            for found in disagreements(agreed(one, products[one.product]), observed[one.id])
            if found.is_warning
        ]
        for one in koppelingen
    }


def agreed(koppeling: StoredKoppeling, product: StoredProduct) -> Stated:
    """What was stated of a koppeling, with what its product reads."""
    agreed_upon = koppeling.stated_datavelden
    optional = [
        Dataveld(name)
        for name in product.optional_datavelden
        if agreed_upon is None or name in agreed_upon
    ]
    return Stated(
        koppeling.doelgroep, [Dataveld(name) for name in product.required_datavelden], optional
    )
