"""Look at imports and their changes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.importer.domain.audit import look_at_changes
from services.importer.domain.run import Run
from services.importer.store.audit import write_audit
from services.importer.store.changes import list_changes
from services.importer.store.runs import find_run, list_runs
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

PLAN_MOVED = "Deze import wacht niet (meer) op een keuze."


async def read_import(database: Database, school_id: UUID, run_id: UUID) -> Run:
    """One import of the school; not_found when it is another's."""
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id)
    if run is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return run


async def read_imports(
    database: Database, school_id: UUID, before: UUID | None, limit: int
) -> list[Run]:
    """The school's imports, newest first; `before` is the last of the page before."""
    async with database.transaction(school_id) as connection:
        return await list_runs(connection, school_id, before, limit)


async def read_changes(
    database: Database,
    school_id: UUID,
    run_id: UUID,
    *,
    caller: str,
    wanted: Mapping[str, str | None],
    after: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Part of an import's changes in their order; not_found when it is another's.

    Noted as a look at whomever they are about.
    """
    async with database.transaction(school_id) as connection:
        if await find_run(connection, run_id) is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        rows = [dict(row) for row in await list_changes(connection, run_id, wanted, after, limit)]
        # The row beyond the page is not shown: it only tells that there are more.
        await write_audit(connection, school_id, look_at_changes(caller, run_id, rows[: limit - 1]))
        return rows


def require_revision(run: Run, expected: int | None) -> None:
    """Refuse with choice_changed when the caller looked at another revision of the choice."""
    if expected is not None and expected != run.choice_revision:
        raise Refusal(ErrorCode.CHOICE_CHANGED)
