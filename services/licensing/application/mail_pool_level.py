"""Mail a school, and Kurve ops, that a pool runs out: once per step and amount granted."""

from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.domain.event import Event
from services.licensing.domain.pool_level import level_of
from services.licensing.mail.pool_mail import PoolFacts, compose_for_ops, compose_for_school
from services.licensing.store.contacts import find_contact
from services.licensing.store.pools import read_pool
from services.licensing.store.products import find_license_product
from shared.database import Database
from shared.mail.send import Mailer
from shared.outbox.drain import OutboxEntry
from shared.outbox.write import write_to_outbox
from shared.telemetry import get_logger

SERVICE = "licensing"
TO_SCHOOL = "mail.pool_level"
TO_OPS = "mail.ops_pool_level"
_ABOUT = frozenset({Event.POOL_LOW, Event.POOL_EMPTY, Event.POOL_OVERDRAWN})


async def write_pool_mails(connection: AsyncConnection, event: OutboxEntry) -> None:
    """Write the mails that an event asks for.

    Their ids are made of the pool, its step and what was granted: a pool that goes up and down
    around a step, with pupils who leave and come, mails once. A new grant begins anew.
    """
    if event.topic not in _ABOUT:
        return
    facts = {name: event.facts[name] for name in ("school_id", "level")}
    for topic in (TO_SCHOOL, TO_OPS):
        name = f"{topic}:{event.facts['level']}:{event.facts['granted']}"
        await write_to_outbox(
            connection,
            SERVICE,
            topic,
            event.subject_id,
            facts,
            entry_id=uuid5(event.subject_id, name),
        )


async def mail_school(database: Database, mailer: Mailer, entry: OutboxEntry) -> None:
    """Mail the school's contact, if it has one and the pool is still that low.

    Raises:
        aiosmtplib.SMTPException: it was not accepted; the outbox tries again.

    """
    facts, address = await _facts(database, entry)
    if facts is None or address is None:
        get_logger().info("mail_not_sent", topic=entry.topic, entry=str(entry.id))
        return
    await mailer.send(compose_for_school(facts, to=address, entry_id=entry.id))


async def mail_ops(database: Database, mailer: Mailer, ops: str | None, entry: OutboxEntry) -> None:
    """Mail Kurve ops, if the settings name an address and the pool is still that low.

    Raises:
        aiosmtplib.SMTPException: it was not accepted; the outbox tries again.

    """
    facts, address = await _facts(database, entry)
    if facts is None or ops is None:
        get_logger().info("mail_not_sent", topic=entry.topic, entry=str(entry.id))
        return
    is_mailed = address is not None
    mail = compose_for_ops(facts, school_is_mailed=is_mailed, to=ops, entry_id=entry.id)
    await mailer.send(mail)


async def _facts(database: Database, entry: OutboxEntry) -> tuple[PoolFacts | None, str | None]:
    """The pool as it is now, or None when a grant overtook the mail; and the school's address."""
    school_id = UUID(entry.facts["school_id"])
    async with database.transaction(school_id) as connection:
        pool = await read_pool(connection, entry.subject_id)
        if pool is None or level_of(pool.granted, pool.used) < entry.facts["level"]:
            return None, None
        covered = await find_license_product(connection, pool.license_product)
        contact = await find_contact(connection, school_id)
    name = pool.license_product if covered is None else covered.name
    school_name = None if contact is None else contact.school_name
    return PoolFacts(pool, name, school_name), None if contact is None else contact.email
