"""Cancel an import: what it read and proposed is thrown away, and nothing has changed."""

from uuid import UUID

from services.importer.application.read_imports import not_waiting
from services.importer.application.remove_staged import remove_staged
from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.run import CANCELLABLE, Run, RunState
from services.importer.store.audit import write_audit
from services.importer.store.runs import find_run, move_run, remove_plan
from services.importer.store.uploads import remove_file
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

_CANCELLED = "Deze import is geannuleerd; er is niets gewijzigd."


async def cancel_import(database: Database, school_id: UUID, caller: str, run_id: UUID) -> Run:
    """End an import that was not confirmed, also one that a worker is reading at this moment.

    A repeat changes nothing. The worker finds out at its next step, and writes nothing any more.

    Raises:
        Refusal: not_found, import_not_ready (it was confirmed, or ended otherwise).

    """
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id, lock=True)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if run.state is RunState.CANCELLED:
            return run
        if run.state not in CANCELLABLE:
            raise not_waiting(run)
        await remove_plan(connection, run_id)
        await remove_staged(connection, run_id)
        await remove_file(connection, run_id)
        told = {"problem_detail": _CANCELLED, "cancelled_by": caller}
        ended = {"phase": None, "ended_at": now(), **told}
        await move_run(connection, run_id, RunState.CANCELLED, ended)
        cancelled = await find_run(connection, run_id)
        assert cancelled is not None  # noqa: S101 - it is locked by us
        entry = AuditEntry(caller, AuditAction.CHANGE, "import_cancelled", run_id=run_id)
        await write_audit(connection, school_id, entry)
        return cancelled
