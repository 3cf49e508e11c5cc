"""Mail a school, when the importer says so, that its scheduled import stopped."""

from datetime import date

from services.connector.application.mail_of_importer import still_concerned
from services.connector.domain.koppeling import OVER
from services.connector.mail.night_stopped import StoppedFacts, compose_night_stopped
from shared.database import Database
from shared.mail.send import Mailer
from shared.outbox.drain import OutboxEntry


async def tell_night(database: Database, mailer: Mailer, entry: OutboxEntry) -> None:
    """Mail the koppeling's contact, unless the koppeling is over.

    Raises:
        aiosmtplib.SMTPException: it was not accepted; the outbox tries again.

    """
    facts = entry.facts
    concerned = await still_concerned(database, entry, lambda state: state not in OVER)
    if concerned is None:
        return
    koppeling, product = concerned
    told = StoppedFacts(
        product=product,
        school_name=koppeling.school_name,
        brin=koppeling.brin,
        night=date.fromisoformat(facts["night"]),
        is_held=facts["outcome"] == "held",
        why=facts["why"],
    )
    await mailer.send(compose_night_stopped(told, to=koppeling.contact_email, entry_id=entry.id))
