"""What was sent to a webhook and what became of it, and how to send it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.application.tell_others import SERVICE, TO_WEBHOOK, hand_over
from services.licensing.application.webhooks import require_webhook
from services.licensing.store.deliveries import (
    Attempt,
    Delivery,
    carry_again,
    deliveries_between,
    find_attempts,
    find_deliveries,
    find_delivery,
    forget_deliveries,
)
from services.licensing.store.missed_events import events_missed
from shared.auth.principal import ApiCaller
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.ids import new_id
from shared.outbox.write import write_to_outbox

_MOST_AT_ONCE = 10_000
_MOST_ATTEMPTS_SHOWN = 200
# One that is under way comes by itself.
_AT_REST = ("delivered", "given_up", "cancelled")
_NOT_DELIVERED = ("given_up", "cancelled")


@dataclass(frozen=True)
class Period:
    """From a moment until before another; `also_delivered` repeats what arrived before, too."""

    since: datetime
    until: datetime
    also_delivered: bool


async def read_deliveries(
    database: Database,
    ops: ApiCaller,
    webhook_id: UUID,
    *,
    state: str | None,
    after: UUID | None,
    limit: int,
) -> list[Delivery]:
    """What went to a webhook, the newest first; not_found when the caller may not see it."""
    async with database.transaction() as connection:
        await require_webhook(connection, webhook_id, ops)
        return await find_deliveries(connection, webhook_id, state=state, after=after, limit=limit)


async def read_attempts(
    database: Database, ops: ApiCaller, webhook_id: UUID, delivery_id: UUID
) -> tuple[Delivery, list[Attempt]]:
    """One delivery with its tries, the newest first; not_found when the caller may not see it."""
    async with database.transaction() as connection:
        found = await _own_delivery(connection, ops, webhook_id, delivery_id)
        return found, await find_attempts(connection, delivery_id, _MOST_ATTEMPTS_SHOWN)


async def replay(
    database: Database, ops: ApiCaller, webhook_id: UUID, delivery_id: UUID
) -> Delivery:
    """Send one again, with all its attempts anew; one that is under way is left as it is."""
    async with database.transaction() as connection:
        found = await _own_delivery(connection, ops, webhook_id, delivery_id)
        if found.state in _AT_REST:
            await _again(connection, delivery_id)
        return await _own_delivery(connection, ops, webhook_id, delivery_id)


async def replay_period(
    database: Database, ops: ApiCaller, webhook_id: UUID, period: Period
) -> int:
    """Send again what happened in a period and is not under way; returns how many.

    Also what was never sent, because the webhook was switched off then, or was not there yet.

    Raises:
        Refusal: not_found, or invalid_request for more than ten thousand at once.

    """
    states = _AT_REST if period.also_delivered else _NOT_DELIVERED
    async with database.transaction() as connection:
        webhook = await require_webhook(connection, webhook_id, ops)
        span = (period.since, period.until, _MOST_AT_ONCE + 1)
        found = await deliveries_between(connection, webhook_id, *span, states=states)
        missed = await events_missed(connection, webhook, *span)
        if len(found) + len(missed) > _MOST_AT_ONCE:
            wrong = FieldError("until", f"kies een periode met hooguit {_MOST_AT_ONCE} berichten")
            raise Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,))
        for delivery_id in found:
            await _again(connection, delivery_id)
        for event in missed:
            await hand_over(connection, webhook_id, event)
    return len(found) + len(missed)


async def keep_deliveries(database: Database, moment: datetime, days: int) -> int:
    """Forget what was made more than so many days ago; returns how many deliveries."""
    async with database.transaction() as connection:
        return await forget_deliveries(connection, moment - timedelta(days=days))


async def _again(connection: AsyncConnection, delivery_id: UUID) -> None:
    carrier = new_id()
    await carry_again(connection, delivery_id, carrier)
    await write_to_outbox(connection, SERVICE, TO_WEBHOOK, delivery_id, entry_id=carrier)


async def _own_delivery(
    connection: AsyncConnection, ops: ApiCaller, webhook_id: UUID, delivery_id: UUID
) -> Delivery:
    await require_webhook(connection, webhook_id, ops)
    found = await find_delivery(connection, delivery_id)
    if found is None or found.webhook_id != webhook_id:
        raise Refusal(ErrorCode.NOT_FOUND)
    return found
