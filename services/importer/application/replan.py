"""Make a plan anew, in the same import: the choices that still hold stay, what differs is shown."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.read_imports import not_waiting
from services.importer.application.remove_staged import remove_staged
from services.importer.application.start_import import PREPARE_JOB
from services.importer.domain.change_filter import ChangeFilter
from services.importer.domain.run import Phase, Run, RunState, Source
from services.importer.store.change_counts import count_rows
from services.importer.store.erase import erased_since
from services.importer.store.problems import remove_problems
from services.importer.store.roster import lock_version
from services.importer.store.runs import find_live_run, find_run, move_run, problem_of
from services.importer.store.staging import has_lines
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.queue import JobQueue

ASKED = "asked"
DECIDED = "decided"
TAKEN_BACK = "decision_taken_back"
GUARD_RAILS = "guard_rails_set"
LEFT = "left"
_BY_SOMEBODY = {ASKED, DECIDED, TAKEN_BACK, GUARD_RAILS}
_GIVEN_BACK = (
    "Het overzicht is nog zoals het was. Voordat het wordt uitgevoerd, worden de gegevens opnieuw "
    "opgehaald."
)


async def void_plan(
    connection: AsyncConnection,
    run: Run,
    because: str,
    lease_seconds: float,
    *,
    fetch: bool = False,
    by_somebody: bool = False,
) -> bool:
    """Send a plan back to be made anew; False when there is nothing to make it from.

    From what was staged, unless the source is to be read again. The caller queues the job once
    this is committed; if it cannot, the sweeper does. Who asks or decides is at the plan, as is who
    does so `by_somebody`; one that was LEFT is nobody's any more once it is made anew.
    """
    staged = await has_lines(connection, run.id)
    if run.source is Source.CSV and not staged:
        # Planned by a release that did not keep what was staged.
        why = problem_of(ErrorCode.ROSTER_CHANGED)
        await move_run(
            connection, run.id, RunState.REFUSED, {**why, "phase": None, "ended_at": now()}
        )
        return False
    again = run.source is not Source.CSV and (fetch or not staged)
    values = {
        "phase": None if again else Phase.COMPARE,
        "done": 0,
        "total": None,
        "claims": 0,
        "replanned": {"because": because},
        "lease_until": now() + timedelta(seconds=lease_seconds),
        "touched_at": now() if by_somebody or because in _BY_SOMEBODY else run.touched_at,
    }
    return await move_run(connection, run.id, RunState.REQUESTED, values)


async def give_back(connection: AsyncConnection, run: Run, why: ErrorCode, detail: str) -> bool:
    """Let a plan wait as it did, whose source could not be read again; False where it cannot.

    Only one that somebody is at, and while nobody was erased: it may name them. VERDER reads the
    source again first, so the roster may have moved on as it may under any plan that waits. What
    could not be read of the source the time before is not told any more.
    """
    is_somebodys = run.replanned is not None and run.touched_at is not None
    if run.source is not Source.SOMTODAY or run.planned_at is None or not is_somebodys:
        return False
    # Who erases somebody after this waits, and then finds a plan to cancel.
    await lock_version(connection, run.school_id)
    if await erased_since(connection, run.school_id, run.planned_at):
        return False
    await remove_staged(connection, run.id)
    await remove_problems(connection, run.id)
    rows = await count_rows(connection, run.id, ChangeFilter())
    told = {"problem": why.code, "problem_detail": f"{detail} {_GIVEN_BACK}"}
    values: dict[str, Any] = {
        "phase": None,
        "done": rows,
        "total": rows,
        "problems": [],
        "problem_count": 0,
        "source_content": None,
        "replanned": {**(run.replanned or {}), **told, "at": now().isoformat()},
    }
    return await move_run(connection, run.id, RunState.PLANNED, values)


async def void_standing(
    connection: AsyncConnection, school_id: UUID, because: str, lease_seconds: float
) -> Run | None:
    """Send back the plan that waits at a school; the caller queues it once this is committed.

    A plan that is being made sees for itself, before it is written, that its ground moved.
    """
    run = await find_live_run(connection, school_id)
    if run is None or run.state is not RunState.PLANNED:
        return None
    return run if await void_plan(connection, run, because, lease_seconds) else None


async def queue_again(queue: JobQueue, run: Run) -> None:
    """Ask a worker for a plan that was sent back."""
    attempt = f"{PREPARE_JOB}:{run.id}:r{run.revision}"
    await queue.enqueue(PREPARE_JOB, str(run.id), str(run.school_id), attempt=attempt)


async def replan(
    database: Database, queue: JobQueue, lease_seconds: float, school_id: UUID, run_id: UUID
) -> Run:
    """Read the source again and make the plan anew; a CSV is compared again as it was uploaded.

    Raises:
        Refusal: not_found, import_not_ready, roster_changed (nothing left to compare).

    """
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id, lock=True)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if run.state is not RunState.PLANNED:
            raise not_waiting(run)
        done = await void_plan(connection, run, ASKED, lease_seconds, fetch=True)
    if not done:
        raise Refusal(ErrorCode.ROSTER_CHANGED)
    await queue_again(queue, run)
    return replace(run, state=RunState.REQUESTED, phase=None, done=0, total=None)
