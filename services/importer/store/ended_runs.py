"""Runs that ended without anybody: plans that waited too long, and what broke every worker."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.leases import start_sweeping
from services.importer.store.run_table import import_run

_run = import_run.c
_AT_ONCE = 500
_OLD_PLANS = text("""
    SELECT id, school_id FROM import_run
    WHERE state = 'planned' AND planned_at < :before ORDER BY planned_at LIMIT :limit
""")
_IS_OLD = text("""
    SELECT id FROM import_run
    WHERE id = :run_id AND state = 'planned' AND planned_at < :before FOR UPDATE SKIP LOCKED
""")


@dataclass(frozen=True)
class GivenUp:
    """An import that broke so many workers that it was given up.

    `last_error` is the class of what the last worker raised; None when that worker died.
    """

    id: UUID
    school_id: UUID
    source: str
    requested_at: datetime
    given_up_at: datetime
    claims: int
    last_error: str | None
    put_again_as: UUID | None


_GIVEN_UP = [_run[name] for name in GivenUp.__dataclass_fields__]


async def plans_before(connection: AsyncConnection, moment: datetime) -> list[tuple[UUID, UUID]]:
    """Plans of all schools, with their school, that wait since before a moment: the oldest."""
    await start_sweeping(connection)
    rows = await connection.execute(_OLD_PLANS, {"before": moment, "limit": _AT_ONCE})
    return [(row[0], row[1]) for row in rows]


async def lock_old_plan(connection: AsyncConnection, run_id: UUID, before: datetime) -> bool:
    """Keep a plan as it is; False when it does not wait that long, or somebody is at it."""
    found = await connection.execute(_IS_OLD, {"run_id": run_id, "before": before})
    return found.one_or_none() is not None


async def list_given_up(
    connection: AsyncConnection, after: UUID | None, limit: int
) -> list[GivenUp]:
    """What was given up at all schools and not put again, in the order of their ids."""
    await start_sweeping(connection)
    statement = select(*_GIVEN_UP).where(_run.given_up_at.is_not(None), _run.put_again_as.is_(None))
    if after is not None:
        statement = statement.where(_run.id > after)
    rows = await connection.execute(statement.order_by(_run.id).limit(limit))
    return [GivenUp(**row) for row in rows.mappings()]


async def find_given_up(connection: AsyncConnection, run_id: UUID) -> GivenUp | None:
    """One of them, whatever its school, put again or not."""
    await start_sweeping(connection)
    statement = select(*_GIVEN_UP).where(_run.id == run_id, _run.given_up_at.is_not(None))
    row = (await connection.execute(statement.with_for_update())).mappings().one_or_none()
    return None if row is None else GivenUp(**row)


async def note_put_again(connection: AsyncConnection, run_id: UUID, again: UUID) -> None:
    """Note which import took the place of one that was given up."""
    await connection.execute(update(import_run).where(_run.id == run_id).values(put_again_as=again))
