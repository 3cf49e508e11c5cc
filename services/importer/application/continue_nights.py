"""Carry on with imports that began by themselves: choose, apply, or leave them for somebody."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.brakes import held_now
from services.importer.application.read_imports import not_waiting
from services.importer.application.replan import LEFT
from services.importer.application.request_apply import Verder, request_apply
from services.importer.application.start_import import ImportOrder
from services.importer.domain.change import Choice
from services.importer.domain.night import (
    AUTOMATIC,
    NOTES,
    OUTCOME_OF,
    SWITCHED_OFF,
    UNDONE,
    Night,
    NightOutcome,
    automatic,
    held_because,
    lately_absent,
    waiting_questions,
)
from services.importer.domain.night_news import COUNTED, is_news
from services.importer.domain.run import Run, RunState
from services.importer.domain.schedule import Schedule
from services.importer.store.absences import choose_absent_twice, count_lately_absent
from services.importer.store.choices import choose_all, overwrite_nothing
from services.importer.store.runs import change_run, find_run
from services.importer.store.schedules import (
    end_night,
    find_night,
    find_schedule,
    list_nights,
    note_night,
    resting_nights,
)
from services.importer.store.undone import leave_half_moves, leave_undone
from shared.database import Database
from shared.errors.nameless import NamelessError
from shared.errors.refusal import Refusal
from shared.outbox.publish import IMPORT_NIGHT_STOPPED, publish
from shared.queue import JobQueue
from shared.telemetry import IMPORT_NIGHTS, get_logger

_SERVICE = "importer"


@dataclass(frozen=True)
class NightRules:
    """Whose roster it is, and when somebody counts as absent twice."""

    product: str
    lease_seconds: float
    absent_hours: float


async def continue_nights(database: Database, queue: JobQueue, rules: NightRules) -> None:
    """Take every night whose import waits or is over one step on.

    Can be killed anywhere and run again, and by several workers at once: what is next follows
    from the night's row and its import. A school that breaks does not keep the others waiting.
    """
    async with database.transaction() as connection:
        nights = await resting_nights(connection)
    for school_id, night_id in nights:
        try:
            await _continue(database, queue, rules, school_id, night_id)
        except Refusal as refused:
            # Somebody was first, or the roster moved on: the next look sees what it became.
            get_logger().info("night_waits", school=str(school_id), because=str(refused))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            failed = str(NamelessError(error))
            get_logger().error("night_not_continued", school=str(school_id), error=failed)


async def _continue(
    database: Database, queue: JobQueue, rules: NightRules, school_id: UUID, night_id: UUID
) -> None:
    async with database.transaction(school_id) as connection:
        night = await find_night(connection, night_id)
        if night is None or night.run_id is None:
            return
        run = await find_run(connection, night.run_id, lock=True)
        if run is None or not run.rests:
            return
        kept = await find_schedule(connection, run.school_id)
        ended = _ended(run, kept.schedule)
        if ended is not None:
            if _unread(run):
                # What was noted when the plan was taken did not happen: it was given back.
                night = replace(night, note=None)
            outcome, why = ended
            if outcome is NightOutcome.APPLIED and automatic(kept.schedule, night).archive:
                absent = await count_lately_absent(connection, run.id, rules.absent_hours)
                why = [*why, *lately_absent(absent)]
            await _end(connection, rules.product, night, outcome, why)
            return
        if not run.brakes:
            await _choose(connection, kept.schedule, night, run, rules.absent_hours)
        night = await _leave(connection, night, run)
        revision = run.choice_revision + 1
        await change_run(connection, run.id, {"choice_revision": revision})
        # What is chosen by now may wake a brake that slept when the plan was made.
        brakes = run.brakes or await held_now(connection, run)
        if brakes:
            why = held_because(brakes)
            await _end(connection, rules.product, night, NightOutcome.HELD, why)
            return
    order = ImportOrder(school_id, AUTOMATIC)
    seen = Verder(run.id, run.digest or "", {revision})
    await request_apply(database, queue, rules.lease_seconds, order, seen)


def _ended(run: Run, schedule: Schedule) -> tuple[NightOutcome, list[str]] | None:
    """How a night ended, and why, whose import is over or whose plan is somebody's."""
    if run.state is not RunState.PLANNED:
        outcome = OUTCOME_OF[run.state]
        return outcome, _why(run, outcome)
    if _unread(run):
        return NightOutcome.FAILED, _unread(run)
    if run.touched_at is not None:
        return NightOutcome.TAKEN_OVER, [NOTES[NightOutcome.TAKEN_OVER]]
    return None if schedule.is_on else (NightOutcome.TAKEN_OVER, [SWITCHED_OFF])


def _unread(run: Run) -> list[str]:
    """Why a plan that a night took is again of who left it: the source could not be read."""
    told = run.replanned or {}
    return [told["problem_detail"]] if run.is_unread and told["because"] == LEFT else []


async def _choose(
    connection: AsyncConnection, schedule: Schedule, night: Night, run: Run, hours: float
) -> None:
    """Leave out what does not happen without anybody, and choose who was absent twice.

    The plan may have been somebody's: what they left out stays so, and what they wanted to
    overwrite that was changed by hand is theirs to confirm.
    """
    chosen = automatic(schedule, night)
    whole = {Choice.CLEAR: False}
    if not chosen.update:
        whole[Choice.UPDATE] = False
    if chosen.archive:
        await choose_absent_twice(connection, run.id, hours)
    else:
        whole[Choice.ARCHIVE] = False
    await choose_all(connection, run.id, whole)
    await overwrite_nothing(connection, run.id)
    await change_run(connection, run.id, {f"choice_{kind}": yes for kind, yes in whole.items()})


async def _leave(connection: AsyncConnection, night: Night, run: Run) -> Night:
    """Leave out what an undo took back, and half of a move; also for who finds the plan held."""
    left = await leave_undone(connection, run.school_id, run.id)
    await leave_half_moves(connection, run.id)
    if not left or UNDONE in (night.note or ""):
        return night
    note = " ".join(filter(None, (night.note, UNDONE)))
    await note_night(connection, night.id, note)
    return replace(night, note=note)


def _why(run: Run, outcome: NightOutcome) -> list[str]:
    if outcome is NightOutcome.FAILED:
        return [run.problem_detail or not_waiting(run).detail or ""]
    if outcome is NightOutcome.REPLACED and run.problem_detail:
        return [run.problem_detail]
    if outcome is NightOutcome.APPLIED:
        return waiting_questions(run.summary or {})
    return [NOTES[outcome]] if outcome in NOTES else []


async def _end(
    connection: AsyncConnection,
    product: str,
    night: Night,
    outcome: NightOutcome,
    why: list[str],
) -> None:
    """Note how the night ended, and have the school told, once, when that is news."""
    note = " ".join([night.note or "", *why]).strip() or None
    ended = await end_night(connection, night.id, {"outcome": outcome, "note": note})
    if not ended:
        return
    IMPORT_NIGHTS.labels(outcome).inc()
    before = await list_nights(connection, night.school_id, night.id, COUNTED)
    if is_news(outcome, note, before):
        facts = {
            "school_id": str(night.school_id),
            "product": product,
            "night": night.night.isoformat(),
            "outcome": outcome.value,
            "why": why,
        }
        await publish(connection, _SERVICE, IMPORT_NIGHT_STOPPED, night.school_id, facts)
