"""Mail a school, when the importer says so, that it did not say what becomes of its people."""

from datetime import date

from services.connector.application.mail_of_importer import still_concerned
from services.connector.domain.koppeling import OVER
from services.connector.mail.people_asked import AskedFacts, compose_people_asked
from shared.database import Database
from shared.mail.send import Mailer
from shared.outbox.drain import OutboxEntry

_ON_THE_DAY = "on_the_day"


async def remind_of_end(database: Database, mailer: Mailer, entry: OutboxEntry) -> None:
    """Mail the koppeling's contact, unless the koppeling is not over any more.

    Raises:
        aiosmtplib.SMTPException: it was not accepted; the outbox tries again.

    """
    facts = entry.facts
    concerned = await still_concerned(database, entry, lambda state: state in OVER)
    if concerned is None:
        return
    koppeling, product = concerned
    mail = compose_people_asked(
        AskedFacts(
            product=product,
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
