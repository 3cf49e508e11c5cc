"""Events on their way to webhooks, and each attempt to bring them there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.store.webhook_tables import webhook_attempt, webhook_delivery
from shared.ids import new_id
from shared.outbox.tables import outbox

_d = webhook_delivery.c
_STATE = case(
    (_d.delivered_at.is_not(None), "delivered"),
    (outbox.c.dead_at.is_not(None), "given_up"),
    # Carried out without being delivered: the webhook was switched off meanwhile.
    (outbox.c.done_at.is_not(None), "cancelled"),
    (outbox.c.id.is_(None), "given_up"),
    else_="pending",
)


@dataclass(frozen=True)
class Delivery:
    """An event for one webhook; `event_id` is the same in every attempt."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    event: str
    payload: dict[str, Any]
    state: str
    attempts: int
    delivered_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Attempt:
    """One try: an HTTP status, or the class of a failure."""

    at: datetime
    status: int | None
    error: str | None
    milliseconds: int


async def add_delivery(
    connection: AsyncConnection,
    webhook_id: UUID,
    *,
    event_id: UUID,
    payload: dict[str, Any],
    entry_id: UUID,
) -> UUID | None:
    """Keep that an event goes to a webhook; None when it does already."""
    row = {
        "id": new_id(),
        "webhook_id": webhook_id,
        "event_id": event_id,
        "event": payload["type"],
        "payload": payload,
        "entry_id": entry_id,
    }
    statement = insert_or_skip(webhook_delivery).values(row).on_conflict_do_nothing()
    found: UUID | None = (await connection.execute(statement.returning(_d.id))).scalar_one_or_none()
    return found


async def find_delivery(connection: AsyncConnection, delivery_id: UUID) -> Delivery | None:
    """One of them; None when it does not exist (any more)."""
    row = (await connection.execute(_deliveries(_d.id == delivery_id))).mappings().one_or_none()
    return None if row is None else Delivery(**row)


async def find_deliveries(
    connection: AsyncConnection,
    webhook_id: UUID,
    *,
    state: str | None,
    after: UUID | None,
    limit: int,
) -> list[Delivery]:
    """Those of a webhook, the newest first; of one state when it is given."""
    statement = _deliveries(_d.webhook_id == webhook_id).order_by(_d.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(_STATE.in_([state]))
    if after is not None:
        statement = statement.where(_d.id < after)
    return [Delivery(**row) for row in (await connection.execute(statement)).mappings()]


async def deliveries_between(
    connection: AsyncConnection,
    webhook_id: UUID,
    since: datetime,
    until: datetime,
    limit: int,
    *,
    states: Sequence[str],
) -> list[UUID]:
    """Ids of a webhook's deliveries that were made in a period and are in one of these states."""
    statement = _deliveries(
        _d.webhook_id == webhook_id,
        _d.created_at >= since,
        _d.created_at < until,
        _STATE.in_(states),
    )
    rows = await connection.execute(statement.order_by(_d.id).limit(limit))
    return list(rows.scalars())


async def carry_again(connection: AsyncConnection, delivery_id: UUID, entry_id: UUID) -> None:
    """Let another outbox entry carry a delivery, as if it had not been delivered."""
    again = {"entry_id": entry_id, "delivered_at": None}
    await connection.execute(update(webhook_delivery).where(_d.id == delivery_id).values(again))


async def note_attempt(
    connection: AsyncConnection, delivery_id: UUID, attempt: Attempt, *, delivered: bool
) -> None:
    """Log one try."""
    row = {"id": new_id(), "delivery_id": delivery_id, **attempt.__dict__}
    await connection.execute(insert(webhook_attempt).values(row))
    values = {"attempts": _d.attempts + 1, "delivered_at": attempt.at if delivered else None}
    await connection.execute(update(webhook_delivery).where(_d.id == delivery_id).values(values))


async def forget_deliveries(connection: AsyncConnection, before: datetime) -> int:
    """Remove what was made before a moment, with its tries; returns how many deliveries."""
    gone = await connection.execute(delete(webhook_delivery).where(_d.created_at < before))
    return gone.rowcount


async def find_attempts(
    connection: AsyncConnection, delivery_id: UUID, limit: int
) -> list[Attempt]:
    """The tries of a delivery, the newest first."""
    a = webhook_attempt.c
    statement = (
        select(a.at, a.status, a.error, a.milliseconds)
        .where(a.delivery_id == delivery_id)
        .order_by(a.id.desc())
        .limit(limit)
    )
    return [Attempt(**row) for row in (await connection.execute(statement)).mappings()]


def _deliveries(*where: ColumnElement[bool]) -> Select[Any]:
    columns = (
        *(_d.id, _d.webhook_id, _d.event_id, _d.event, _d.payload, _STATE.label("state")),
        *(_d.attempts, _d.delivered_at, _d.created_at),
    )
    carried = webhook_delivery.outerjoin(outbox, outbox.c.id == _d.entry_id)
    return select(*columns).select_from(carried).where(*where)
