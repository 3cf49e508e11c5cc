"""VERDER: ask for a plan to be applied exactly as it was shown and chosen."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.importer.application.read_imports import PLAN_MOVED, require_revision
from services.importer.application.start_import import ImportOrder
from services.importer.domain.run import Phase, Run, RunState
from services.importer.store.runs import find_run, move_run
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import first_answer
from shared.queue import JobQueue

APPLY_JOB = "apply_import"


async def request_apply(
    database: Database,
    queue: JobQueue,
    lease_seconds: float,
    order: ImportOrder,
    *,
    run_id: UUID,
    digest: str,
    expected_revision: int | None = None,
) -> Run:
    """Bring a plan to applying; the digest must be that of the plan.

    Raises:
        Refusal: not_found, import_not_ready (somebody was first, or there is no plan),
            plan_differs, choice_changed, idempotency_key_reused.

    """

    async def begin() -> dict[str, Any]:
        run = await find_run(connection, run_id, lock=True)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if run.state is not RunState.PLANNED:
            raise Refusal(ErrorCode.IMPORT_NOT_READY, detail=PLAN_MOVED)
        if run.digest != digest:
            raise Refusal(ErrorCode.PLAN_DIFFERS)
        require_revision(run, expected_revision)
        values = {
            "phase": Phase.APPLY,
            "done": 0,
            "claims": 0,
            "attempt": 0,
            "approved_by": order.caller,
            "lease_until": now() + timedelta(seconds=lease_seconds),
        }
        await move_run(connection, run_id, RunState.APPLYING, values)
        return {"id": str(run_id)}

    async with database.transaction(order.school_id) as connection:
        await first_answer(
            connection,
            service="importer",
            caller=order.caller,
            key=order.idempotency_key,
            request={"apply": run_id, "digest": digest},
            act=begin,
        )
        run = await find_run(connection, run_id)
    if run is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await queue.enqueue(
        APPLY_JOB, str(run_id), str(order.school_id), attempt=f"{APPLY_JOB}:{run_id}:0"
    )
    # A repeat gets the first answer, also when the work is long done.
    return replace(
        run,
        state=RunState.APPLYING,
        phase=Phase.APPLY,
        done=0,
        applied_at=None,
        problem=None,
        problem_detail=None,
    )
