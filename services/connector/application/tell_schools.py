"""Write the mails that only time made due: what lasts too long, and what ends soon.

Can be killed at any line and run by many at once: each koppeling is a transaction of its own,
which looks again at what it locked.
"""

from datetime import timedelta
from uuid import UUID

from services.connector.application.losses import loss_of
from services.connector.application.write_mails import write_mails
from services.connector.domain.mails import (
    ENDING,
    LONGEST_LOSS,
    LONGEST_NOTICE_DAYS,
    LOSING,
    WATCHED,
    Situation,
    due_mails,
)
from services.connector.store.events import last_moved_at
from services.connector.store.koppelingen import lock_koppeling
from services.connector.store.vestigingen import lost_vestigingen
from services.connector.store.watched import find_watched
from shared.clock import now, today
from shared.database import Database


async def tell_schools(database: Database, failing_after: timedelta) -> int:
    """Write every mail that is due by now; returns to how many koppelingen."""
    moment, day = now(), today()
    async with database.transaction() as connection:
        watched = await find_watched(
            connection,
            lasting=WATCHED,
            ending=ENDING,
            until=day + timedelta(days=LONGEST_NOTICE_DAYS),
            losing=LOSING,
            lost_since=moment - LONGEST_LOSS,
        )
    due = [
        found.id
        for found in watched
        # What it lost is looked up once it is locked.
        if found.has_lost
        or due_mails(
            Situation(found.state, moment - found.since, found.end_on, day),
            found.told,
            moment,
            failing_after,
        )
    ]
    return sum([await _tell(database, koppeling_id, failing_after) for koppeling_id in due])


async def _tell(database: Database, koppeling_id: UUID, failing_after: timedelta) -> bool:
    moment = now()
    async with database.transaction() as connection:
        found = await lock_koppeling(connection, koppeling_id)
        if found is None:
            return False
        # Statements of their own: only after the lock do they see what its last holder wrote.
        since = await last_moved_at(connection, koppeling_id)
        loss = loss_of(await lost_vestigingen(connection, koppeling_id), moment)
        situation = Situation(found.state, moment - since, found.end_on, today(), loss)
        kinds = due_mails(situation, found.told, moment, failing_after)
        await write_mails(
            connection,
            koppeling_id,
            kinds,
            found.told,
            situation=situation,
            problem=found.last_problem,
        )
        return bool(kinds)
