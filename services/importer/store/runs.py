"""Import runs: read, begin and end them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.run import TRANSITIONS, Chosen, Phase, Run, RunState, Source
from services.importer.store.tables import import_run
from shared.clock import now
from shared.errors.codes import ErrorCode

_run = import_run.c
_LIVE = text("state IN ('requested', 'fetching', 'planned', 'applying')")
_CANCEL_PLAN = text("""
    UPDATE import_run SET state = 'cancelled', ended_at = :now, revision = revision + 1
    WHERE school_id = :school_id AND state = 'planned' RETURNING id
""")
_REMOVE_CHANGES = text("DELETE FROM import_change WHERE run_id = :run_id")


def _as_run(row: RowMapping) -> Run:
    return Run(
        id=row["id"],
        school_id=row["school_id"],
        source=Source(row["source"]),
        state=RunState(row["state"]),
        requested_at=row["requested_at"],
        phase=Phase(row["phase"]) if row["phase"] else None,
        done=row["done"],
        total=row["total"],
        revision=row["revision"],
        choice_revision=row["choice_revision"],
        choice=Chosen(row["choice_add"], row["choice_update"], row["choice_archive"]),
        roster_version=row["roster_version"],
        digest=row["digest"],
        summary=row["summary"],
        problem=row["problem"],
        problem_detail=row["problem_detail"],
        problems=row["problems"],
        problem_count=row["problem_count"],
        planned_at=row["planned_at"],
        applied_at=row["applied_at"],
    )


async def insert_run(
    connection: AsyncConnection, run: Run, *, requested_by: str, lease_until: datetime
) -> bool:
    """Begin an import; False when the school already has a live one."""
    row = {
        "id": run.id,
        "school_id": run.school_id,
        "source": run.source,
        "requested_at": run.requested_at,
        "requested_by": requested_by,
        "lease_until": lease_until,
    }
    statement = insert(import_run).values(row)
    once = statement.on_conflict_do_nothing(index_elements=["school_id"], index_where=_LIVE)
    # Not by rowcount: SQLAlchemy gives none for an INSERT.
    inserted = await connection.execute(once.returning(_run.id))
    return inserted.one_or_none() is not None


async def cancel_plan(connection: AsyncConnection, school_id: UUID) -> None:
    """Give up a plan that was not applied: a new import takes its place."""
    facts = {"school_id": school_id, "now": now()}
    for run_id in (await connection.execute(_CANCEL_PLAN, facts)).scalars():
        await connection.execute(_REMOVE_CHANGES, {"run_id": run_id})


async def find_run(connection: AsyncConnection, run_id: UUID, *, lock: bool = False) -> Run | None:
    """One import; None when it is not of the transaction's school."""
    statement: Select[Any] = select(import_run).where(_run.id == run_id)
    if lock:
        statement = statement.with_for_update()
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else _as_run(row)


async def list_runs(
    connection: AsyncConnection, school_id: UUID, before: UUID | None, limit: int
) -> list[Run]:
    """A school's imports, newest first."""
    statement = select(import_run).where(_run.school_id == school_id)
    if before is not None:
        statement = statement.where(_run.id < before)
    rows = await connection.execute(statement.order_by(_run.id.desc()).limit(limit))
    return [_as_run(row) for row in rows.mappings()]


async def change_run(connection: AsyncConnection, run_id: UUID, values: Mapping[str, Any]) -> None:
    """Set columns of a run; whoever watches it sees a new revision."""
    statement = update(import_run).where(_run.id == run_id)
    await connection.execute(statement.values(**values, revision=_run.revision + 1))


async def move_run(
    connection: AsyncConnection, run_id: UUID, state: RunState, values: Mapping[str, Any]
) -> bool:
    """Bring a run to another state, with its lease given up; False when it may not go there."""
    before = [source for source, ways in TRANSITIONS.items() if state in ways]
    statement = update(import_run).where(_run.id == run_id, _run.state.in_(before))
    moved = statement.values(
        **{"lease_token": None, "lease_until": None, **values},
        state=state,
        revision=_run.revision + 1,
    )
    return (await connection.execute(moved)).rowcount == 1


def problem_of(error: ErrorCode, detail: str | None = None) -> dict[str, Any]:
    """Columns that tell why a run ended; `detail` says more than the registry's Dutch text."""
    return {"problem": error.code, "problem_detail": detail or error.value.detail}
