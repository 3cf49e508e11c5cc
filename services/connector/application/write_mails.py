"""Write mails to a school into the outbox, and remember that it was told."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.mails import MailKind, Told
from services.connector.store.koppelingen import change_koppeling, told_columns
from shared.clock import now
from shared.outbox.write import write_to_outbox

SERVICE = "connector"
_TOPIC = "mail.koppeling_"
TOPICS = {f"{_TOPIC}{kind}": kind for kind in MailKind}


async def write_mails(
    connection: AsyncConnection,
    koppeling_id: UUID,
    kinds: Sequence[MailKind],
    told: Told,
    *,
    end_on: date | None,
    problem: str | None,
) -> None:
    """Have a locked koppeling's school mailed; `told` is what it was told before."""
    if not kinds:
        return
    moment = now()
    for kind in kinds:
        told = told.with_mail(kind, end_on, moment)
        facts = {"problem": problem, "end_on": None if end_on is None else str(end_on)}
        await write_to_outbox(connection, SERVICE, f"{_TOPIC}{kind}", koppeling_id, facts)
    await change_koppeling(connection, koppeling_id, told_columns(told))
