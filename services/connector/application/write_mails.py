"""Write mails to a school into the outbox, and remember that it was told."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.mails import MailKind, Situation, Told, occasion_of
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
    situation: Situation,
    problem: str | None,
) -> None:
    """Have a locked koppeling's school mailed; `told` is what it was told before."""
    if not kinds:
        return
    moment = now()
    for kind in kinds:
        occasion = occasion_of(kind, situation)
        told = told.with_mail(kind, occasion, moment)
        facts = {"problem": problem, "occasion": occasion}
        await write_to_outbox(connection, SERVICE, f"{_TOPIC}{kind}", koppeling_id, facts)
    await change_koppeling(connection, koppeling_id, told_columns(told))
