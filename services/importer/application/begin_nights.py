"""Begin the imports whose time has come: each school at most once a night."""

from datetime import datetime, timedelta
from uuid import UUID

from services.importer.application.start_import import begin_run, queue_run
from services.importer.domain.night import AUTOMATIC, NOTES, Night, NightOutcome
from services.importer.domain.run import Run, RunState, Source
from services.importer.domain.schedule import due, next_planned, night_of, window
from services.importer.store.schedules import (
    due_schools,
    find_schedule,
    insert_night,
    is_looked_at,
    last_night,
    save_next,
)
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.nameless import NamelessError
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.queue import JobQueue
from shared.telemetry import IMPORT_NIGHTS, get_logger

# Who began an import so short ago may still be reading its plan, though nothing shows it yet.
_LOOKING = timedelta(hours=1)


async def begin_nights(
    database: Database, queue: JobQueue, lease_seconds: float, moment: datetime
) -> None:
    """Begin every import that is due, and note each night that went by without one.

    Can be killed anywhere and run again, and by several workers at once: the night is noted in
    the transaction that begins its import. Where another import runs it is tried again, until the
    window closes; so it is where a plan waits in which somebody chose, or looks at this moment.
    A school that breaks does not keep the others waiting.
    """
    async with database.transaction() as connection:
        schools = await due_schools(connection, moment)
    for school_id in schools:
        try:
            run = await _begin(database, lease_seconds, school_id, moment)
        except Refusal as refused:
            get_logger().info("night_waits", school=str(school_id), because=str(refused))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            failed = str(NamelessError(error))
            get_logger().error("night_not_begun", school=str(school_id), error=failed)
        else:
            if run is not None:
                await queue_run(queue, run)


async def _begin(
    database: Database, lease_seconds: float, school_id: UUID, moment: datetime
) -> Run | None:
    """Begin the school's import; None when it is not due any more.

    Raises:
        Refusal: import_running, also when somebody is at a plan; nothing was written.

    """
    async with database.transaction(school_id) as connection:
        kept = await find_schedule(connection, school_id, lock=True)
        if kept.next_at is None or kept.next_at > moment:
            return None
        last = await last_night(connection, school_id)
        night = due(kept.schedule, school_id, last, moment)
        run = None
        if night is not None:
            if await is_looked_at(connection, school_id, moment - _LOOKING):
                raise Refusal(ErrorCode.IMPORT_RUNNING)
            run = Run(new_id(), school_id, Source.SOMTODAY, RunState.REQUESTED, moment)
            await begin_run(connection, run, AUTOMATIC, lease_seconds)
            await insert_night(connection, Night(new_id(), school_id, night, moment, run.id))
            last = night
        elif window(kept.schedule, planned := night_of(kept.schedule, kept.next_at))[1] <= moment:
            missed = NightOutcome.MISSED
            gone = Night(new_id(), school_id, planned, moment, None, missed, NOTES[missed], moment)
            await insert_night(connection, gone)
            IMPORT_NIGHTS.labels(missed).inc()
            last = planned
        following = next_planned(kept.schedule, school_id, last, moment)
        await save_next(connection, school_id, following)
        return run
