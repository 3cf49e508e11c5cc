"""What of an import's source could not be read, with the values, for who must mend it.

Among it are the questions of the plan, which name people: a look at whomever they are about.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.store.audit import write_audit
from services.importer.store.problems import every_problem, list_problems, people_in_problems
from services.importer.store.runs import find_run
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

Problems = list[Mapping[str, Any]]


@dataclass(frozen=True)
class AskedProblems:
    """Who wants to see the problems of which import: to look at them, or to export them."""

    school_id: UUID
    run_id: UUID
    caller: str
    action: AuditAction


async def read_problems(
    database: Database, asked: AskedProblems, *, after: int | None, limit: int
) -> tuple[Problems, bool]:
    """Part of an import's problems in their order, and whether there are more.

    Noted of those whom this part is about.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction(asked.school_id) as connection:
        await _require(connection, asked)
        rows = await list_problems(connection, asked.run_id, after, limit + 1)
        shown = rows[:limit]
        await _note(connection, asked, (who for row in shown for who in row["person_ids"]))
    return shown, len(rows) > limit


async def note_problems(database: Database, asked: AskedProblems) -> None:
    """Note, before `all_problems` are shown, whom all of them are about.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction(asked.school_id) as connection:
        await _require(connection, asked)
        await _note(connection, asked, await people_in_problems(connection, asked.run_id))


async def all_problems(
    database: Database, school_id: UUID, run_id: UUID
) -> AsyncIterator[Mapping[str, Any]]:
    """An import's problems as they come from the database."""
    async with database.transaction(school_id) as connection:
        async for row in every_problem(connection, run_id):
            yield row


async def _require(connection: AsyncConnection, asked: AskedProblems) -> None:
    if await find_run(connection, asked.run_id) is None:
        raise Refusal(ErrorCode.NOT_FOUND)


async def _note(connection: AsyncConnection, asked: AskedProblems, people: Iterable[UUID]) -> None:
    unique = tuple(dict.fromkeys(people))
    if unique:
        entry = AuditEntry(asked.caller, asked.action, "problems", unique, asked.run_id)
        await write_audit(connection, asked.school_id, entry)
