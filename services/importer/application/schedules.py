"""When a school's import begins by itself: read it, change it, and what became of each night."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.importer.application.past_nights import note_gone
from services.importer.domain.night import PastNight
from services.importer.domain.schedule import KeptSchedule, Schedule, next_look, next_planned
from services.importer.store.roster import lock_version
from services.importer.store.schedules import (
    find_schedule,
    last_night,
    list_past,
    save_schedule,
)
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

# A schedule, and when the next import begins by it.
Planned = tuple[KeptSchedule, datetime | None]


async def read_schedule(database: Database, school_id: UUID) -> Planned:
    """The school's schedule; off where it set none."""
    async with database.transaction(school_id) as connection:
        kept = await find_schedule(connection, school_id)
        last = await last_night(connection, school_id)
    return kept, next_planned(kept.schedule, school_id, last, now())


async def put_schedule(
    database: Database,
    school_id: UUID,
    caller: str,
    schedule: Schedule,
    expected: Collection[int] | None,
) -> Planned:
    """Set it from now on; a night that is under way ends by what stands then.

    Raises:
        Refusal: schedule_changed, not_found (no such school).

    """
    async with database.transaction(school_id) as connection:
        # The first of two who set one has no row to hold.
        await lock_version(connection, school_id)
        found = await find_schedule(connection, school_id, lock=True)
        if expected is not None and found.revision not in expected:
            raise Refusal(ErrorCode.SCHEDULE_CHANGED)
        moment = now()
        last = await note_gone(connection, school_id, found, moment)
        look_at = next_look(schedule, school_id, last, moment)
        await save_schedule(connection, school_id, schedule, caller, look_at)
        kept = await find_schedule(connection, school_id)
        return kept, next_planned(schedule, school_id, last, moment)


async def read_nights(
    database: Database, school_id: UUID, before: UUID | None, limit: int
) -> list[PastNight]:
    """The school's nights, newest first; `before` is the last of the page before."""
    async with database.transaction(school_id) as connection:
        return await list_past(connection, school_id, before, limit)
