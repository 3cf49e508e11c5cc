"""One mail a day to ops: which koppelingen fail, were revoked, or wait for long."""

from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.stated_and_observed import warnings_of
from services.connector.application.write_mails import SERVICE
from services.connector.domain.mails import (
    OPS_HEAR,
    OPS_HEAR_FROM_HOUR,
    OPS_HEAR_WARNING,
    ops_hear_of,
)
from services.connector.mail.digest import DigestLine, compose_digest
from services.connector.store.koppelingen import find_active
from services.connector.store.watched import Watched, find_in, note_digest
from shared.clock import AMSTERDAM, now, today
from shared.database import Database
from shared.mail.send import Mailer
from shared.outbox.drain import OutboxEntry
from shared.outbox.write import write_to_outbox
from shared.telemetry import get_logger

TOPIC = "mail.ops_digest"
_DAYS = UUID("0f9f4f5e-7c39-4b8f-8a7e-0a8d6f0f5d4c")


async def write_digest(database: Database, moment: datetime) -> bool:
    """Have the mail of a moment's day sent, when its hour has come and nobody did so yet."""
    there = moment.astimezone(AMSTERDAM)
    if there.hour < OPS_HEAR_FROM_HOUR:
        return False
    day = there.date()
    async with database.transaction() as connection:
        if not await note_digest(connection, day):
            return False
        # The outbox wants a row that it is about; a day has none.
        subject = uuid5(_DAYS, str(day))
        await write_to_outbox(connection, SERVICE, TOPIC, subject, {"day": str(day)})
    return True


async def send_digest(
    database: Database, mailer: Mailer, address: str | None, entry: OutboxEntry
) -> None:
    """Send today's mail, unless there is nothing to tell, nobody to tell, or its day is over.

    Raises:
        aiosmtplib.SMTPException: it was not accepted; the outbox tries again.

    """
    if address is None or entry.facts["day"] != str(today()):
        get_logger().info("mail_overtaken", topic=entry.topic, entry=str(entry.id))
        return
    moment = now()
    async with database.transaction() as connection:
        found = await find_in(connection, OPS_HEAR)
        warned = await _warned(connection, moment)
    told = [item for item in found if ops_hear_of(item.state, moment - item.since)]
    if told or warned:
        lines = {state: [_line(item) for item in told if item.state is state] for state in OPS_HEAR}
        mail = compose_digest(lines, warned, day=today(), to=address, entry_id=entry.id)
        await mailer.send(mail)


async def _warned(connection: AsyncConnection, moment: datetime) -> list[DigestLine]:
    """What works and came to differ from what was stated not long ago."""
    active = {found.id: found for found in await find_active(connection)}
    lines = []
    for koppeling_id, warnings in (await warnings_of(connection, active.values())).items():
        new = [one for one in warnings if one.since and moment - one.since <= OPS_HEAR_WARNING]
        if new:
            one = active[koppeling_id]
            since = min(found.since for found in new if found.since).astimezone(AMSTERDAM).date()
            codes = ", ".join(sorted({found.code for found in new}))
            lines.append(DigestLine(one.school_name, one.brin, one.product, since, codes))
    return lines


def _line(found: Watched) -> DigestLine:
    since = found.since.astimezone(AMSTERDAM).date()
    return DigestLine(found.school_name, found.brin, found.product, since, found.problem)
