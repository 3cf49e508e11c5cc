"""Let an event go to everyone who is to be told of it: webhooks, and people by mail."""

from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.application.mail_pool_level import write_pool_mails
from services.licensing.store.deliveries import add_delivery
from services.licensing.store.products import find_license_product
from services.licensing.store.webhooks import webhooks_for
from shared.database import Database
from shared.outbox.drain import OutboxEntry
from shared.outbox.write import write_to_outbox

SERVICE = "licensing"
TO_WEBHOOK = "webhook.delivery"


async def tell_others(database: Database, entry: OutboxEntry) -> None:
    """Let an event go to each webhook that wants it, and into the mails, each by its own entry.

    So one receiver that is away holds up no other, and who has the event does not get it again.
    Done twice, it does nothing more.
    """
    async with database.transaction() as connection:
        product = None
        if "license_product" in entry.facts:
            covered = await find_license_product(connection, entry.facts["license_product"])
            product = None if covered is None else covered.product
        for webhook_id in await webhooks_for(connection, entry.topic, product):
            await hand_over(connection, webhook_id, entry)
        await write_pool_mails(connection, entry)


async def hand_over(connection: AsyncConnection, webhook_id: UUID, event: OutboxEntry) -> None:
    """Let an event go to one webhook, if it did not before."""
    carrier = uuid5(event.id, str(webhook_id))
    delivery_id = await add_delivery(
        connection, webhook_id, event_id=event.id, payload=_payload(event), entry_id=carrier
    )
    if delivery_id is not None:
        await write_to_outbox(connection, SERVICE, TO_WEBHOOK, delivery_id, entry_id=carrier)


def _payload(event: OutboxEntry) -> dict[str, Any]:
    data = {"subject_id": str(event.subject_id), **event.facts}
    return {"type": event.topic, "timestamp": data.pop("at"), "data": data}
