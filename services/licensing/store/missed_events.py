"""Events that a webhook wants now, and was not told of when they happened."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.store.webhooks import Webhook
from shared.outbox.drain import OutboxEntry

_MISSED = text("""
    SELECT o.id, o.topic, o.subject_id, o.facts, o.attempts
    FROM outbox o
    LEFT JOIN license_product lp ON lp.code = o.facts ->> 'license_product'
    WHERE o.service = 'licensing' AND o.topic = ANY (:events)
        AND o.created_at >= :since AND o.created_at < :until
        AND o.done_at IS NOT NULL
        AND (CAST(:product AS text) IS NULL OR lp.product = :product)
        AND NOT EXISTS (
            SELECT FROM webhook_delivery d
            WHERE d.webhook_id = :webhook_id AND d.event_id = o.id)
    ORDER BY o.id LIMIT :limit
""")


async def events_missed(
    connection: AsyncConnection, webhook: Webhook, since: datetime, until: datetime, limit: int
) -> list[OutboxEntry]:
    """Those of a period; what is not carried out yet is not missed."""
    facts = {
        "events": webhook.events,
        "product": webhook.product,
        "webhook_id": webhook.id,
        "since": since,
        "until": until,
        "limit": limit,
    }
    rows = await connection.execute(_MISSED, facts)
    return [OutboxEntry(**row) for row in rows.mappings()]
