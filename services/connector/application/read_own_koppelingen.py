"""Show a school how its own koppelingen stand, in words it understands."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.connector.domain.fetching import may_fetch
from services.connector.domain.koppeling import State
from services.connector.domain.school_messages import school_message
from services.connector.store.koppelingen import find_koppelingen_of_school
from services.connector.store.products import find_products
from shared.clock import today
from shared.database import Database


@dataclass(frozen=True)
class OwnKoppeling:
    """A koppeling as its school sees it: no contact, no problem code, nothing of Somtoday's."""

    product: str
    product_name: str
    state: State
    message: str
    can_import: bool
    begin_on: date | None
    end_on: date | None
    last_verified_at: datetime | None


async def read_own_koppelingen(
    database: Database, school_id: UUID, only_product: str | None
) -> list[OwnKoppeling]:
    """A school's koppelingen by product; none for a school that nobody knows."""
    day = today()
    async with database.transaction() as connection:
        found = await find_koppelingen_of_school(connection, school_id, only_product)
        names = {one.code: one.name for one in await find_products(connection, only_product)}
    return [
        OwnKoppeling(
            product=koppeling.product,
            product_name=names[koppeling.product],
            state=koppeling.state,
            message=school_message(koppeling.state, names[koppeling.product]),
            can_import=may_fetch(koppeling.state, koppeling.period, day, koppeling.last_problem),
            begin_on=koppeling.begin_on,
            end_on=koppeling.end_on,
            last_verified_at=koppeling.last_verified_at,
        )
        for koppeling in found
    ]
