"""Apply a plan: exactly what was chosen, in one transaction, or nothing."""

from uuid import UUID

from services.importer.application.lease import claimed_run
from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.run import RunState
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.audit import write_audit
from services.importer.store.roster import bump_version, lock_version
from services.importer.store.runs import find_run, move_run, problem_of
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode

_APPLYING = frozenset({RunState.APPLYING})


async def apply_import(
    database: Database, lease_seconds: float, run_id: UUID, school_id: UUID
) -> None:
    """Bring an import from applying to applied, or to refused when the roster moved on.

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
            moment = now()
            if run.roster_version != await lock_version(connection, school_id):
                why = problem_of(ErrorCode.ROSTER_CHANGED)
                refused = {**why, "phase": None, "ended_at": moment}
                await move_run(connection, run_id, RunState.REFUSED, refused)
                return
            await apply_chosen(connection, run_id)
            await bump_version(connection, school_id)
            who = run.approved_by or run.requested_by or "unknown"
            entry = AuditEntry(who, AuditAction.CHANGE, "import", run_id=run_id)
            await write_audit(connection, school_id, entry)
            ended = {"applied_at": moment, "ended_at": moment, "done": run.total, "phase": None}
            await move_run(connection, run_id, RunState.APPLIED, ended)
