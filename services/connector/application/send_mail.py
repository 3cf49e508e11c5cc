"""Send a koppeling's mail when the outbox says so."""

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.views import koppeling_view
from services.connector.application.write_mails import TOPICS
from services.connector.domain.mails import MailKind, Situation, is_still_true
from services.connector.mail.message import Facts, compose
from services.connector.store.koppelingen import (
    StoredKoppeling,
    change_koppeling,
    lock_koppeling,
    told_columns,
)
from services.connector.store.products import find_product
from shared.clock import today
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.mail.send import Mailer
from shared.outbox.drain import OutboxEntry
from shared.telemetry import get_logger


async def send_mail(database: Database, mailer: Mailer, entry: OutboxEntry) -> None:
    """Send the mail of an outbox entry, unless it is not true any more.

    The reason that a mail names is the one the koppeling came to its state with: what a later
    look met (Somtoday away, say) does not change what the school has to do.

    Raises:
        aiosmtplib.SMTPException: it was not accepted; the outbox tries again.

    """
    kind = TOPICS[entry.topic]
    async with database.transaction() as connection:
        found = await lock_koppeling(connection, entry.subject_id)
        if found is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if not _is_true(kind, found, entry):
            await _forget(connection, kind, found, entry)
            return
        koppeling = await koppeling_view(connection, entry.subject_id, None)
        product = await find_product(connection, koppeling.product)
    if product is None:
        raise Refusal(ErrorCode.PRODUCT_UNKNOWN)
    facts = Facts(
        product=product.name,
        school_name=koppeling.school_name,
        brin=koppeling.brin,
        vestigingen=[(site.name, ", ".join(site.codes)) for site in koppeling.vestigingen],
        problem=entry.facts.get("problem"),
        end_on=koppeling.end_on,
    )
    await mailer.send(compose(kind, facts, to=koppeling.contact_email, entry_id=entry.id))


def _is_true(kind: MailKind, found: StoredKoppeling, entry: OutboxEntry) -> bool:
    situation = Situation(found.state, timedelta(0), found.end_on, today())
    return is_still_true(kind, situation, written_for=_end_on(entry))


async def _forget(
    connection: AsyncConnection, kind: MailKind, found: StoredKoppeling, entry: OutboxEntry
) -> None:
    told = found.told.without_mail(kind, _end_on(entry))
    await change_koppeling(connection, found.id, told_columns(told))
    get_logger().info("mail_overtaken", topic=entry.topic, entry=str(entry.id))


def _end_on(entry: OutboxEntry) -> date | None:
    written = entry.facts.get("end_on")
    return None if written is None else date.fromisoformat(written)
