"""VERDER: ask for a plan to be applied exactly as it was shown and chosen."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.importer.application.brakes import refuse_held
from services.importer.application.read_imports import not_waiting, require_revision
from services.importer.application.replan import queue_again, void_plan
from services.importer.application.start_import import ImportOrder, once
from services.importer.domain.night import AUTOMATIC
from services.importer.domain.run import Phase, Run, RunState
from services.importer.domain.source_health import is_outdated
from services.importer.store.roster import read_version
from services.importer.store.runs import find_run, move_run
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.queue import JobQueue

APPLY_JOB = "apply_import"
_MADE_ANEW = (
    "De gegevens in Numo zijn intussen veranderd. Het overzicht wordt opnieuw gemaakt; bekijk "
    "daarna wat er anders is."
)
_READ_AGAIN = (
    "De gegevens konden eerder niet opnieuw worden opgehaald. Dat wordt nu weer geprobeerd; bekijk "
    "daarna wat er anders is."
)


@dataclass(frozen=True)
class Verder:
    """The plan that somebody saw; `person_id` is who that is in Numo, where it is known."""

    run_id: UUID
    digest: str
    expected_revisions: Collection[int] | None = None
    person_id: UUID | None = None


async def request_apply(
    database: Database, queue: JobQueue, lease_seconds: float, order: ImportOrder, seen: Verder
) -> Run:
    """Bring a plan to applying; the digest must be that of the plan.

    When the roster moved on since, or Somtoday may have, the plan is made anew and nothing is
    applied.

    Raises:
        Refusal: not_found, import_not_ready (somebody was first, or there is no plan),
            plan_differs, choice_changed, roster_changed, plan_stale, brake_not_confirmed,
            idempotency_key_reused.

    """
    await _refuse_drift(database, queue, lease_seconds, order, seen)

    async def begin() -> dict[str, Any]:
        run = await find_run(connection, seen.run_id, lock=True)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if run.state is not RunState.PLANNED:
            raise not_waiting(run)
        if run.digest != seen.digest:
            raise Refusal(ErrorCode.PLAN_DIFFERS)
        require_revision(run, seen.expected_revisions)
        await refuse_held(connection, run, seen.person_id)
        values = {
            "phase": Phase.APPLY,
            "done": 0,
            "claims": 0,
            "attempt": 0,
            "approved_by": order.caller,
            "lease_until": now() + timedelta(seconds=lease_seconds),
        }
        await move_run(connection, seen.run_id, RunState.APPLYING, values)
        return {"id": str(seen.run_id)}

    async with database.transaction(order.school_id) as connection:
        await once(connection, order, {"apply": seen.run_id, "digest": seen.digest}, begin)
        run = await find_run(connection, seen.run_id)
    if run is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    # By revision: a plan that was sent back and asked for again is another job.
    attempt = f"{APPLY_JOB}:{run.id}:r{run.choice_revision}"
    await queue.enqueue(APPLY_JOB, str(run.id), str(order.school_id), attempt=attempt)
    # A repeat gets the first answer, also when the work is long done.
    return replace(
        run,
        state=RunState.APPLYING,
        phase=Phase.APPLY,
        done=0,
        result=None,
        applied_at=None,
        ended_at=None,
        problem=None,
        problem_detail=None,
    )


async def _refuse_drift(
    database: Database, queue: JobQueue, lease_seconds: float, order: ImportOrder, seen: Verder
) -> None:
    """Make a plan anew that does not fit the roster or the source any more, and say so.

    In a transaction of its own: what it changes must stay although the request is refused.
    """
    async with database.transaction(order.school_id) as connection:
        run = await find_run(connection, seen.run_id, lock=True)
        if run is None or run.state is not RunState.PLANNED or run.digest != seen.digest:
            return
        is_stale = is_outdated(run, now())
        if run.roster_version == await read_version(connection, order.school_id) and not is_stale:
            return
        code = ErrorCode.PLAN_STALE if is_stale else ErrorCode.ROSTER_CHANGED
        by_somebody = order.caller != AUTOMATIC
        is_anew = await void_plan(
            *(connection, run, code.code, lease_seconds), fetch=is_stale, by_somebody=by_somebody
        )
    if is_anew:
        await queue_again(queue, run)
    detail = _MADE_ANEW if is_anew and not is_stale else None
    detail = _READ_AGAIN if run.is_unread else detail
    extra = {"import": f"/v1/imports/{run.id}", "is_made_anew": is_anew}
    raise Refusal(code, detail=detail, extra=extra)
