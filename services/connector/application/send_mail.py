"""Send a koppeling's mail when the outbox says so."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.losses import loss_of
from services.connector.application.views import koppeling_view
from services.connector.application.write_mails import TOPICS
from services.connector.domain.mails import RULES, MailKind, Situation, is_still_true
from services.connector.mail.message import Facts, compose
from services.connector.store.koppelingen import (
    StoredKoppeling,
    change_koppeling,
    lock_koppeling,
    told_columns,
)
from services.connector.store.products import find_product
from services.connector.store.vestigingen import lost_vestigingen
from shared.clock import now, today
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
        lost = await lost_vestigingen(connection, entry.subject_id)
        loss = loss_of(lost, now())
        situation = Situation(found.state, timedelta(0), found.end_on, today(), loss)
        if not is_still_true(kind, situation, _occasion(kind, entry)):
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
        lost=[site.name for site in lost],
    )
    await mailer.send(compose(kind, facts, to=koppeling.contact_email, entry_id=entry.id))


async def _forget(
    connection: AsyncConnection, kind: MailKind, found: StoredKoppeling, entry: OutboxEntry
) -> None:
    told = found.told.without_mail(kind, _occasion(kind, entry))
    await change_koppeling(connection, found.id, told_columns(told))
    get_logger().info("mail_overtaken", topic=entry.topic, entry=str(entry.id))


def _occasion(kind: MailKind, entry: OutboxEntry) -> str | None:
    written: str | None = entry.facts.get("occasion")
    if written is None and RULES[kind].days_left is not None:
        # The release before this one wrote the last day by another name.
        return str(entry.facts.get("end_on"))
    return written
