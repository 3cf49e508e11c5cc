"""Mail a school, when the importer says so, that it did not say what becomes of its people."""

from datetime import date
from uuid import UUID

from services.connector.domain.koppeling import OVER
from services.connector.mail.people_asked import AskedFacts, compose_people_asked
from services.connector.store.koppelingen import find_koppeling_of
from services.connector.store.products import find_product
from shared.database import Database
from shared.mail.send import Mailer
from shared.outbox.drain import OutboxEntry
from shared.telemetry import get_logger

_ON_THE_DAY = "on_the_day"


async def remind_of_end(database: Database, mailer: Mailer, entry: OutboxEntry) -> None:
    """Mail the koppeling's contact, unless the koppeling is not over any more.

    Raises:
        aiosmtplib.SMTPException: it was not accepted; the outbox tries again.

    """
    facts = entry.facts
    async with database.transaction() as connection:
        koppeling = await find_koppeling_of(connection, UUID(facts["school_id"]), facts["product"])
        product = await find_product(connection, facts["product"])
    if koppeling is None or product is None or koppeling.state not in OVER:
        get_logger().info("mail_overtaken", topic=entry.topic, entry=str(entry.id))
        return
    mail = compose_people_asked(
        AskedFacts(
            product=product.name,
            school_name=koppeling.school_name,
            brin=koppeling.brin,
            pupils=facts["pupils"],
            employees=facts["employees"],
            answer_by=date.fromisoformat(facts["answer_by"]),
            is_the_day=facts["reminder"] == _ON_THE_DAY,
        ),
        to=koppeling.contact_email,
        entry_id=entry.id,
    )
    await mailer.send(mail)
