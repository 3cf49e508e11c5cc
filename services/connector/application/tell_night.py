"""Mail a school, when the importer says so, that its scheduled import stopped."""

from datetime import date
from uuid import UUID

from services.connector.domain.koppeling import OVER
from services.connector.mail.night_stopped import StoppedFacts, compose_night_stopped
from services.connector.store.koppelingen import find_koppeling_of
from services.connector.store.products import find_product
from shared.database import Database
from shared.mail.send import Mailer
from shared.outbox.drain import OutboxEntry
from shared.telemetry import get_logger


async def tell_night(database: Database, mailer: Mailer, entry: OutboxEntry) -> None:
    """Mail the koppeling's contact, unless the koppeling is over.

    Raises:
        aiosmtplib.SMTPException: it was not accepted; the outbox tries again.

    """
    facts = entry.facts
    async with database.transaction() as connection:
        koppeling = await find_koppeling_of(connection, UUID(facts["school_id"]), facts["product"])
        product = await find_product(connection, facts["product"])
    if koppeling is None or product is None or koppeling.state in OVER:
        get_logger().info("mail_overtaken", topic=entry.topic, entry=str(entry.id))
        return
    told = StoppedFacts(
        product=product.name,
        school_name=koppeling.school_name,
        brin=koppeling.brin,
        night=date.fromisoformat(facts["night"]),
        is_held=facts["outcome"] == "held",
        why=facts["why"],
    )
    await mailer.send(compose_night_stopped(told, to=koppeling.contact_email, entry_id=entry.id))
