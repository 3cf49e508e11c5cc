"""Send a koppeling's mail when the outbox says so."""

from services.connector.application.move_koppeling import MAIL_TOPIC
from services.connector.application.views import koppeling_view
from services.connector.domain.koppeling import State
from services.connector.mail.message import Facts, compose
from services.connector.mail.send import Mailer
from services.connector.store.koppelingen import change_koppeling, lock_koppeling
from services.connector.store.products import find_product
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.outbox.drain import OutboxEntry
from shared.telemetry import get_logger

# Per mail the states in which it is still true: a hiccup of Somtoday does not undo an activation.
_TRUE_IN = {State.ACTIVE: {State.ACTIVE, State.DEGRADED}, State.WAITING: {State.WAITING}}
TOPICS = {f"{MAIL_TOPIC}{state}": state for state in _TRUE_IN}


async def send_mail(database: Database, mailer: Mailer, entry: OutboxEntry) -> None:
    """Send the mail of an outbox entry, unless it is not true any more.

    The reason that a mail names is the one the koppeling came to its state with: what a later
    look met (Somtoday away, say) does not change what the school has to do.

    Raises:
        aiosmtplib.SMTPException: it was not accepted; the outbox tries again.

    """
    told = TOPICS[entry.topic]
    async with database.transaction() as connection:
        found = await lock_koppeling(connection, entry.subject_id)
        if found is not None and found.state not in _TRUE_IN[told]:
            # Not told after all: should it be true again later, the school must hear it then.
            untold = [state for state in found.told if state != told]
            await change_koppeling(connection, found.id, {"told": untold})
            get_logger().info("mail_overtaken", topic=entry.topic, entry=str(entry.id))
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
    )
    made = compose(told, facts, to=koppeling.contact_email, entry_id=entry.id)
    await mailer.send(made)
