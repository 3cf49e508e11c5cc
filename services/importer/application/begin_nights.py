"""Begin the imports whose time has come: each school at most once a night."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.past_nights import note_gone
from services.importer.application.replan import LEFT, queue_again, void_plan
from services.importer.application.start_import import begin_run, queue_run
from services.importer.domain.night import AUTOMATIC, TAKEN, Night
from services.importer.domain.run import Run, RunState, Source
from services.importer.domain.schedule import Waits, due, next_look
from services.importer.domain.waiting_plan import Way, way_of
from services.importer.store.koppeling_ends import find_question
from services.importer.store.runs import find_live_run
from services.importer.store.schedules import (
    due_schools,
    find_schedule,
    has_night,
    insert_nights,
    save_look,
)
from shared.database import Database
from shared.errors.nameless import NamelessError
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.queue import JobQueue
from shared.telemetry import get_logger


@dataclass(frozen=True)
class BeginRules:
    """How long a run is trusted to its worker, and a plan that nobody touches to its maker."""

    lease_seconds: float
    left_after: timedelta


@dataclass(frozen=True)
class _Begun:
    """What a night has for an import; `is_anew` when it was somebody's plan."""

    run: Run
    is_anew: bool = False
    note: str | None = None


async def begin_nights(
    database: Database, queue: JobQueue, rules: BeginRules, moment: datetime
) -> None:
    """Begin every import that is due, and note each night that went by without one.

    Can be killed anywhere and run again, and by several workers at once: the night is noted in
    the transaction that begins its import. Where another import runs, somebody is at a plan, or
    the koppeling is over, it is tried again until the window closes. A school that breaks
    does not keep the others waiting.
    """
    async with database.transaction() as connection:
        schools = await due_schools(connection, moment)
    for school_id in schools:
        try:
            async with database.transaction(school_id) as connection:
                begun = await _look(connection, rules, school_id, moment)
        except Refusal as refused:
            get_logger().info("night_waits", school=str(school_id), because=str(refused))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            failed = str(NamelessError(error))
            get_logger().error("night_not_begun", school=str(school_id), error=failed)
        else:
            if begun is not None:
                await (queue_again if begun.is_anew else queue_run)(queue, begun.run)


async def _look(
    connection: AsyncConnection, rules: BeginRules, school_id: UUID, moment: datetime
) -> _Begun | None:
    """Note what went by, and begin what is due; None where nothing begins.

    Raises:
        Refusal: import_running, when somebody began one at this very moment.

    """
    kept = await find_schedule(connection, school_id, lock=True)
    if kept.look_at is None or kept.look_at > moment:
        return None
    last = await note_gone(connection, school_id, kept, moment)
    night = due(kept.schedule, school_id, last, moment)
    found = None if night is None else await _begin(connection, rules, school_id, moment)
    waits = found if isinstance(found, Waits) else None
    begun = found if isinstance(found, _Begun) else None
    if night is not None and begun is not None:
        row = Night(new_id(), school_id, night, moment, begun.run.id, note=begun.note)
        await insert_nights(connection, [row])
        last = night
    if waits is not None and waits is not kept.waits_because:
        get_logger().info("night_waits", school=str(school_id), because=waits)
    look_at = next_look(kept.schedule, school_id, last, moment)
    await save_look(connection, school_id, look_at, waits)
    return begun


async def _begin(
    connection: AsyncConnection, rules: BeginRules, school_id: UUID, moment: datetime
) -> _Begun | Waits:
    if await find_question(connection, school_id) is not None:
        # It would fail, and cost the school the plan of archiving that it may have asked for.
        return Waits.KOPPELING_OVER
    live = await find_live_run(connection, school_id)
    note = None
    if live is not None:
        if live.state is not RunState.PLANNED:
            return Waits.IMPORT_RUNNING
        is_of_night = await has_night(connection, live.id)
        way = way_of(live, is_of_night=is_of_night, moment=moment, left_after=rules.left_after)
        if way is Way.WAITS:
            return Waits.PLAN_WAITS
        note = None if live.touched_at is None else TAKEN[way]
        if way is Way.LEFT:
            await void_plan(connection, live, LEFT, rules.lease_seconds, fetch=True)
            return _Begun(live, is_anew=True, note=note)
    run = Run(new_id(), school_id, Source.SOMTODAY, RunState.REQUESTED, moment)
    await begin_run(connection, run, AUTOMATIC, rules.lease_seconds)
    return _Begun(run, note=note)
