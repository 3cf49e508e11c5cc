"""Import runs: read, begin and end them."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.brake import Brake
from services.importer.domain.change import Choice
from services.importer.domain.run import TRANSITIONS, Chosen, Phase, Run, RunState, Source
from services.importer.store.run_table import import_run
from shared.clock import now
from shared.errors.codes import ErrorCode

_run = import_run.c
_LIVE = text("state IN ('requested', 'fetching', 'planned', 'applying')")
_CANCEL_PLAN = text("""
    UPDATE import_run SET state = 'cancelled', ended_at = :now, revision = revision + 1,
        problem_detail = :why, cancelled_by = :caller
    WHERE school_id = :school_id AND state = 'planned' RETURNING id
""")
_REMOVE_CHANGES = text("DELETE FROM import_change WHERE run_id = :run_id")
_FORGET = [
    text(f"""
        DELETE FROM {table} USING import_run r
        WHERE r.id = run_id AND r.school_id = :school_id AND r.source = :source
          AND r.state <> 'applied'
    """)  # noqa: S608 - the names below
    for table in ("import_line", "import_file", "import_change")
]
_REMOVE_LINES = text("DELETE FROM import_line WHERE run_id = :run_id")
_LAST_READ = text("""
    SELECT max(source_at) FROM import_run
    WHERE school_id = :school_id AND source = :source AND state = 'applied'
""")


def _as_run(row: RowMapping) -> Run:
    brakes = [Brake.of_facts(facts) for facts in row["brakes"]]
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
        touched_at=row["touched_at"],
        choice=Chosen(*(row[f"choice_{choice}"] for choice in Choice)),
        roster_version=row["roster_version"],
        digest=row["digest"],
        summary=row["summary"],
        result=row["result"],
        problem=row["problem"],
        problem_detail=row["problem_detail"],
        problems=row["problems"],
        problem_count=row["problem_count"],
        planned_at=row["planned_at"],
        applied_at=row["applied_at"],
        ended_at=row["ended_at"],
        requested_by=row["requested_by"],
        approved_by=row["approved_by"],
        cancelled_by=row["cancelled_by"],
        brakes=tuple(brake for brake in brakes if not brake.dormant),
        dormant_brakes=tuple(brake for brake in brakes if brake.dormant),
        replanned=row["replanned"],
        undoes=row["undoes"],
        asked=None if row["asked"] is None else tuple(row["asked"]),
        source_at=row["source_at"],
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
        "undoes": run.undoes,
        "asked": None if run.asked is None else list(run.asked),
        **{f"choice_{name}": yes for name, yes in asdict(run.choice).items()},
    }
    statement = insert(import_run).values(row)
    once = statement.on_conflict_do_nothing(index_elements=["school_id"], index_where=_LIVE)
    # Not by rowcount: SQLAlchemy gives none for an INSERT.
    inserted = await connection.execute(once.returning(_run.id))
    return inserted.one_or_none() is not None


async def cancel_plan(connection: AsyncConnection, school_id: UUID, why: str, caller: str) -> None:
    """Give up a plan that was not applied; `why` is told, in Dutch, to whoever looks at it."""
    facts = {"school_id": school_id, "now": now(), "why": why, "caller": caller}
    for run_id in (await connection.execute(_CANCEL_PLAN, facts)).scalars():
        await remove_plan(connection, run_id)


async def remove_plan(connection: AsyncConnection, run_id: UUID) -> None:
    """Delete what a plan that will not be applied proposed, and what it was made from."""
    await connection.execute(_REMOVE_CHANGES, {"run_id": run_id})
    await connection.execute(_REMOVE_LINES, {"run_id": run_id})


async def last_read_at(
    connection: AsyncConnection, school_id: UUID, source: Source
) -> datetime | None:
    """When the data were read that a school applied last from a source."""
    facts = {"school_id": school_id, "source": source}
    return (await connection.execute(_LAST_READ, facts)).scalar()


async def runs_in(
    connection: AsyncConnection, school_id: UUID, source: Source, states: Collection[RunState]
) -> list[UUID]:
    """A school's imports from a source that are in any of some states."""
    mine = (_run.school_id == school_id, _run.source == source, _run.state.in_(states))
    return list((await connection.execute(select(_run.id).where(*mine))).scalars())


async def forget_what_was_not_applied(
    connection: AsyncConnection, school_id: UUID, source: Source
) -> None:
    """Delete what a school's imports from a source staged and proposed and never became."""
    for statement in _FORGET:
        await connection.execute(statement, {"school_id": school_id, "source": source})


async def find_run(connection: AsyncConnection, run_id: UUID, *, lock: bool = False) -> Run | None:
    """One import; None when it is not of the transaction's school."""
    statement: Select[Any] = select(import_run).where(_run.id == run_id)
    if lock:
        statement = statement.with_for_update()
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else _as_run(row)


async def find_live_run(connection: AsyncConnection, school_id: UUID) -> Run | None:
    """The import of a school that is under way or waits with a plan, locked."""
    statement = select(import_run).where(_run.school_id == school_id, _LIVE).with_for_update()
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
