"""Write the mails that only time made due: what lasts too long, and what ends soon.

Can be killed at any line and run by many at once: each koppeling is a transaction of its own,
which looks again at what it locked.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from services.connector.application.write_mails import write_mails
from services.connector.domain.mails import (
    ENDING,
    LONGEST_NOTICE_DAYS,
    WATCHED,
    Situation,
    due_mails,
)
from services.connector.store.events import last_moved_at
from services.connector.store.koppelingen import lock_koppeling
from services.connector.store.watched import find_watched
from shared.clock import now, today
from shared.database import Database


async def tell_schools(database: Database, failing_after: timedelta) -> int:
    """Write every mail that is due by now; returns to how many koppelingen."""
    moment, day = now(), today()
    until = day + timedelta(days=LONGEST_NOTICE_DAYS)
    async with database.transaction() as connection:
        watched = await find_watched(connection, WATCHED, ENDING, until)
    due = [
        found.id
        for found in watched
        if due_mails(
            Situation(found.state, moment - found.since, found.end_on, day),
            found.told,
            moment,
            failing_after,
        )
    ]
    for koppeling_id in due:
        await _tell(database, koppeling_id, moment, day, failing_after)
    return len(due)


async def _tell(
    database: Database, koppeling_id: UUID, moment: datetime, day: date, failing_after: timedelta
) -> None:
    async with database.transaction() as connection:
        found = await lock_koppeling(connection, koppeling_id)
        if found is None:
            return
        # A statement of its own: only one after the lock sees what its last holder wrote.
        since = await last_moved_at(connection, koppeling_id)
        situation = Situation(found.state, moment - since, found.end_on, day)
        kinds = due_mails(situation, found.told, moment, failing_after)
        await write_mails(
            connection,
            koppeling_id,
            kinds,
            found.told,
            end_on=found.end_on,
            problem=found.last_problem,
        )
