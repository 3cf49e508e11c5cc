"""Whom a mail is to that the importer asks for, and whether it is still to be sent."""

from collections.abc import Callable
from uuid import UUID

from services.connector.domain.koppeling import State
from services.connector.store.koppelingen import StoredKoppeling, find_koppeling_of
from services.connector.store.products import find_product
from shared.database import Database
from shared.outbox.drain import OutboxEntry
from shared.telemetry import get_logger


async def still_concerned(
    database: Database, entry: OutboxEntry, concerns: Callable[[State], bool]
) -> tuple[StoredKoppeling, str] | None:
    """The koppeling that an entry is about and its product's name; null when it is overtaken.

    It is overtaken when the koppeling is no longer in a state that the mail `concerns`.
    """
    school_id, product = UUID(entry.facts["school_id"]), entry.facts["product"]
    async with database.transaction() as connection:
        koppeling = await find_koppeling_of(connection, school_id, product)
        found = await find_product(connection, product)
    if koppeling is None or found is None or not concerns(koppeling.state):
        get_logger().info("mail_overtaken", topic=entry.topic, entry=str(entry.id))
        return None
    return koppeling, found.name
