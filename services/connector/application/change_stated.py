"""Change what ops state of a koppeling: contact, dates, doelgroep and datavelden."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.move_koppeling import move_koppeling
from services.connector.application.stated import (
    Stated,
    columns_of_a_new_start,
    looks_again,
    note_stated,
    period_after,
    refuse_other_datavelden,
)
from services.connector.application.views import KoppelingView, koppeling_view
from services.connector.domain.koppeling import Event, State
from services.connector.domain.period import Position
from services.connector.store.koppelingen import StoredKoppeling, change_koppeling, lock_koppeling
from services.connector.store.products import find_product
from shared.clock import now, today
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.queue import JobQueue
from shared.telemetry import get_logger


async def change_stated(
    koppeling_id: UUID,
    stated: Stated,
    *,
    database: Database,
    queue: JobQueue,
    actor: str,
    only_product: str | None,
    expected: Collection[int] | None,
) -> KoppelingView:
    """Change what `stated` names, by column; another contact gets no mail by that alone.

    Other dates are looked at at once, and one that had expired starts anew when its last day is
    not over any more.

    `expected` are the revisions that the caller may have read; None changes whatever is there.

    Raises:
        Refusal: not_found, koppeling_changed (somebody else was first), or invalid_request when
            the dates are not in order or a dataveld is not one of the product's optional ones.

    """
    async with database.transaction() as connection:
        koppeling = await lock_koppeling(connection, koppeling_id, only_product)
        if koppeling is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if expected is not None and koppeling.revision not in expected:
            raise Refusal(ErrorCode.KOPPELING_CHANGED)
        looks = await _change(connection, koppeling, stated, actor)
        view = await koppeling_view(connection, koppeling_id, only_product)
    if looks:
        await queue.enqueue("verify_koppeling", str(koppeling_id), attempt=f"verify:{new_id()}")
    return view


async def _change(
    connection: AsyncConnection, koppeling: StoredKoppeling, stated: Stated, actor: str
) -> bool:
    period = period_after(koppeling, stated)
    values: dict[str, Any] = {**stated}
    if not values:
        return False
    product = await find_product(connection, koppeling.product)
    if product is not None:
        refuse_other_datavelden(product, stated)
    get_logger().info(
        "koppeling_changed", koppeling=str(koppeling.id), actor=actor, fields=sorted(values)
    )
    values |= await note_stated(connection, koppeling, stated, actor)
    moment = now()
    if koppeling.state is State.EXPIRED and period.position(today()) is not Position.AFTER:
        values |= columns_of_a_new_start(moment)
        await move_koppeling(connection, koppeling, Event.REQUEST, actor=actor, columns=values)
        return True
    looks = looks_again(koppeling.state, other_period=period != koppeling.period, asked=False)
    if looks:
        values["verify_due_at"] = moment
    await change_koppeling(connection, koppeling.id, values)
    return looks
