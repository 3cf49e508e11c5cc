"""What of a run's source could not be read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.bulk import copy_rows
from services.importer.store.file_tables import import_problem
from services.importer.store.leases import start_sweeping

_COLUMNS = (
    "code",
    "detail",
    "place",
    "line",
    "column_number",
    "column_title",
    "field",
    "value",
)
_problem = import_problem.c
_PEOPLE = text("SELECT DISTINCT unnest(person_ids) FROM import_problem WHERE run_id = :run_id")
_PAGE = 2000
_EXPIRED = text("SELECT id, school_id FROM import_run WHERE problems_until < now() LIMIT 500")
_FORGOTTEN = text("UPDATE import_run SET problems_until = NULL WHERE id = :run_id")


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A problem of a source; lines and columns are a file's, `value` is personal data.

    `person_ids` are who of Numo it is about, where it is a question of the plan.
    """

    code: str
    detail: str
    place: str
    line: int | None = None
    column_number: int | None = None
    column_title: str | None = None
    field: str | None = None
    value: str | None = None
    person_ids: tuple[UUID, ...] = ()


async def add_problems(
    connection: AsyncConnection,
    run_id: UUID,
    school_id: UUID,
    first: int,
    problems: Sequence[SourceProblem],
) -> None:
    """Note problems from position `first` on."""
    rows = (
        (
            *(run_id, school_id, first + at, list(problem.person_ids)),
            *(getattr(problem, name) for name in _COLUMNS),
        )
        for at, problem in enumerate(problems)
    )
    columns = ("run_id", "school_id", "position", "person_ids", *_COLUMNS)
    await copy_rows(connection, import_problem, columns, rows)


async def list_problems(
    connection: AsyncConnection, run_id: UUID, after: int | None, limit: int
) -> list[Mapping[str, Any]]:
    """A run's problems in their order."""
    statement = select(import_problem).where(_problem.run_id == run_id)
    if after is not None:
        statement = statement.where(_problem.position > after)
    rows = await connection.execute(statement.order_by(_problem.position).limit(limit))
    return [dict(row) for row in rows.mappings()]


async def people_in_problems(connection: AsyncConnection, run_id: UUID) -> list[UUID]:
    """Everybody whom a run's problems are about, each once."""
    return list((await connection.execute(_PEOPLE, {"run_id": run_id})).scalars())


async def every_problem(
    connection: AsyncConnection, run_id: UUID
) -> AsyncIterator[Mapping[str, Any]]:
    """All problems of a run, page by page, so that none but a page is held."""
    after: int | None = None
    while page := await list_problems(connection, run_id, after, _PAGE):
        for row in page:
            yield row
        after = page[-1]["position"]


async def remove_compared(connection: AsyncConnection, run_id: UUID, first: int) -> int:
    """Forget a run's problems from a position on; returns how many there were."""
    statement = delete(import_problem).where(_problem.run_id == run_id, _problem.position >= first)
    return (await connection.execute(statement)).rowcount


async def remove_problems(connection: AsyncConnection, run_id: UUID) -> None:
    """Forget a run's problems."""
    await connection.execute(delete(import_problem).where(_problem.run_id == run_id))
    await connection.execute(_FORGOTTEN, {"run_id": run_id})


async def runs_with_old_problems(connection: AsyncConnection) -> list[tuple[UUID, UUID]]:
    """Every school's runs (with their school) whose problems need to be kept no longer."""
    await start_sweeping(connection)
    return [(row.id, row.school_id) for row in await connection.execute(_EXPIRED)]
