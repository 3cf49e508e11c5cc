"""What of an import's source could not be read, with the values, for who must mend it.

Among it are the questions of the plan, which name people: a look at whomever they are about.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.store.audit import write_audit
from services.importer.store.changes import people_asked_about
from services.importer.store.problems import every_problem, list_problems
from services.importer.store.runs import find_run
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


async def note_problems(
    database: Database, school_id: UUID, run_id: UUID, caller: str, action: AuditAction
) -> None:
    """Note, before they are shown, that somebody looks at an import's problems, or exports them.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction(school_id) as connection:
        if await find_run(connection, run_id) is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        people = await people_asked_about(connection, run_id)
        if people:
            entry = AuditEntry(caller, action, "problems", tuple(people), run_id)
            await write_audit(connection, school_id, entry)


async def read_problems(
    database: Database, school_id: UUID, run_id: UUID, *, after: int | None, limit: int
) -> list[Mapping[str, Any]]:
    """Part of an import's problems in their order."""
    async with database.transaction(school_id) as connection:
        return await list_problems(connection, run_id, after, limit)


async def all_problems(
    database: Database, school_id: UUID, run_id: UUID
) -> AsyncIterator[Mapping[str, Any]]:
    """An import's problems as they come from the database."""
    async with database.transaction(school_id) as connection:
        async for row in every_problem(connection, run_id):
            yield row
