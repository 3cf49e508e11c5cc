"""Find imports that no worker holds any more, and queue them again."""

from services.importer.application.remove_staged import remove_staged
from services.importer.application.request_apply import APPLY_JOB
from services.importer.application.start_import import PREPARE_JOB
from services.importer.domain.run import RunState
from services.importer.store.leases import LostRun, requeue_lost
from services.importer.store.runs import move_run, problem_of, remove_plan
from services.importer.store.uploads import remove_file
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.queue import JobQueue
from shared.telemetry import get_logger


async def sweep_imports(
    database: Database, queue: JobQueue, lease_seconds: float, most_claims: int
) -> int:
    """Queue every lost import again; returns how many.

    An import that was begun `most_claims` times and never ended is given up: something in it
    breaks every worker.
    """
    async with database.transaction() as connection:
        lost = await requeue_lost(connection, lease_seconds)
    for run in lost:
        if run.claims >= most_claims:
            await _give_up(database, run)
        else:
            job = APPLY_JOB if run.state == RunState.APPLYING else PREPARE_JOB
            attempt = f"{job}:{run.id}:{run.attempt}"
            await queue.enqueue(job, str(run.id), str(run.school_id), attempt=attempt)
    return len(lost)


async def _give_up(database: Database, run: LostRun) -> None:
    get_logger().error("import_given_up", run=str(run.id), claims=run.claims)
    moment = now()
    values = {
        **problem_of(ErrorCode.INTERNAL_ERROR),
        "phase": None,
        "ended_at": moment,
        "given_up_at": moment,
    }
    async with database.transaction(run.school_id) as connection:
        if await move_run(connection, run.id, RunState.FAILED, values):
            await remove_staged(connection, run.id)
            # One that was to be made anew has rows of before, with names.
            await remove_plan(connection, run.id)
            await remove_file(connection, run.id)
