"""Webhooks as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.store.webhook_tables import webhook
from shared.clock import now
from shared.ids import new_id

_w = webhook.c


@dataclass(frozen=True)
class Webhook:
    """Where one receiver wants to be told of which events; the secrets are sealed."""

    id: UUID
    product: str | None
    url: str
    events: list[str]
    secret: bytes
    secret_before: bytes | None
    secret_before_until: datetime | None
    active: bool
    failures: int
    rests_until: datetime | None
    created_by: str
    created_at: datetime


async def add_webhook(connection: AsyncConnection, row: dict[str, Any]) -> UUID:
    """Keep a new webhook; IntegrityError when its Kurve product does not exist."""
    webhook_id = new_id()
    await connection.execute(insert(webhook).values(id=webhook_id, **row))
    return webhook_id


async def find_webhook(
    connection: AsyncConnection,
    webhook_id: UUID,
    only_product: str | None = None,
    *,
    lock: bool = False,
) -> Webhook | None:
    """One of them, locked if asked; None when the caller may see none."""
    statement = select(webhook).where(_w.id == webhook_id)
    if lock:
        statement = statement.with_for_update()
    if only_product is not None:
        statement = statement.where(_w.product == only_product)
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else Webhook(**row)


async def find_webhooks(
    connection: AsyncConnection, *, only_product: str | None, after: UUID | None, limit: int
) -> list[Webhook]:
    """All of them, or those of one Kurve product, oldest first."""
    statement = select(webhook).order_by(_w.id).limit(limit)
    if only_product is not None:
        statement = statement.where(_w.product == only_product)
    if after is not None:
        statement = statement.where(_w.id > after)
    return [Webhook(**row) for row in (await connection.execute(statement)).mappings()]


async def lock_webhooks(connection: AsyncConnection) -> list[Webhook]:
    """Every one of them, locked until the transaction ends."""
    rows = await connection.execute(select(webhook).order_by(_w.id).with_for_update())
    return [Webhook(**row) for row in rows.mappings()]


async def change_webhook(
    connection: AsyncConnection, webhook_id: UUID, values: dict[str, Any]
) -> None:
    """Change columns of one of them."""
    await connection.execute(update(webhook).where(_w.id == webhook_id).values(values))


async def webhooks_for(connection: AsyncConnection, event: str, product: str | None) -> list[UUID]:
    """Those that want to be told of an event of a Kurve product now."""
    theirs = _w.product.is_(None) | (_w.product == product)
    statement = select(_w.id).where(_w.active, _w.events.contains([event]), theirs)
    return list((await connection.execute(statement)).scalars())


async def note_success(connection: AsyncConnection, webhook_id: UUID) -> None:
    """The receiver is well; written only when it was not, as every delivery comes by here."""
    well = {"failures": 0, "rests_until": None}
    statement = update(webhook).where(_w.id == webhook_id, _w.failures > 0).values(well)
    await connection.execute(statement)


def both_secrets(found: Webhook) -> list[bytes]:
    """The sealed secrets that sign now, the newest first."""
    until = found.secret_before_until
    if found.secret_before is None or until is None or until <= now():
        return [found.secret]
    return [found.secret, found.secret_before]
