"""Apply a plan: exactly what was chosen, in one transaction, or nothing."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.lease import claimed_run
from services.importer.application.replan import queue_again, void_plan
from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.run import Run, RunState, Source
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.audit import write_audit
from services.importer.store.change_counts import count_applied
from services.importer.store.over_since import note_since, over_again
from services.importer.store.roster import bump_version, lock_version
from services.importer.store.runs import find_run, move_run
from services.importer.store.staging import remove_lines
from services.importer.store.undo import hold_again
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.queue import JobQueue

_APPLYING = frozenset({RunState.APPLYING})


async def apply_import(
    database: Database, queue: JobQueue, lease_seconds: float, run_id: UUID, school_id: UUID
) -> None:
    """Bring an import from applying to applied, or back to a plan when the roster moved on.

    Can be killed anywhere and run again: until the one commit nothing has happened. Does nothing
    when another worker has the run or it was applied already.

    Raises:
        LeaseLostError: another worker has the run now; nothing was written.

    """
    claim = claimed_run(database, run_id, school_id, _APPLYING, lease_seconds)
    async with claim as lease:
        if lease is None:
            return
        async with lease.transaction() as connection:
            run = await find_run(connection, run_id)
            if run is None:
                return
            fits = run.roster_version == await lock_version(connection, school_id)
            if fits:
                await _carry_out(connection, run)
            else:
                because = ErrorCode.ROSTER_CHANGED.code
                await void_plan(connection, run, because, lease_seconds)
    if not fits:
        await queue_again(queue, run)


async def _carry_out(connection: AsyncConnection, run: Run) -> None:
    """Change the roster, whose version the caller holds, and end the run."""
    moment = now()
    await note_since(connection, run.id)
    await apply_chosen(connection, run.id, moment)
    if run.source is Source.UNDO:
        await hold_again(connection, run.id)
        await over_again(connection, run.id, moment)
    await bump_version(connection, run.school_id)
    await remove_lines(connection, run.id)
    who = run.approved_by or run.requested_by or "unknown"
    entry = AuditEntry(who, AuditAction.CHANGE, "import", run_id=run.id)
    await write_audit(connection, run.school_id, entry)
    ended = {
        "result": await count_applied(connection, run.id),
        "applied_at": moment,
        "ended_at": moment,
        "done": run.total,
        "phase": None,
    }
    await move_run(connection, run.id, RunState.APPLIED, ended)
