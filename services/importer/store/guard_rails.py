"""A school's own thresholds, and who let a held plan pass."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.brake import About, Scope
from services.importer.domain.guard_rails import GuardRails
from services.importer.domain.threshold import Threshold, within_bounds
from services.importer.store.plan_tables import guard_rail, import_confirmation
from shared.ids import new_id

_rail = guard_rail.c
_given = import_confirmation.c


async def read_guard_rails(connection: AsyncConnection, school_id: UUID) -> GuardRails:
    """What a school set itself, never above the bounds."""
    rows = await connection.execute(select(guard_rail).where(_rail.school_id == school_id))
    return GuardRails(
        {
            (Scope(row.scope), About(row.about)): within_bounds(
                Threshold(row.percent, row.at_least)
            )
            for row in rows
        }
    )


async def set_guard_rails(
    connection: AsyncConnection, school_id: UUID, rails: GuardRails, caller: str
) -> None:
    """Put these thresholds in place of what the school had set."""
    await connection.execute(delete(guard_rail).where(_rail.school_id == school_id))
    for (scope, about), threshold in rails.own.items():
        row = {
            "school_id": school_id,
            "scope": scope,
            "about": about,
            "percent": threshold.percent,
            "at_least": threshold.at_least,
            "set_by": caller,
        }
        await connection.execute(insert(guard_rail).values(row))


async def add_confirmations(
    connection: AsyncConnection, keys: Iterable[str], facts: Mapping[str, Any]
) -> None:
    """Note who lets which brakes of a plan pass; what was confirmed before stays as it was."""
    for key in keys:
        row = {**facts, "id": new_id(), "brake": key}
        statement = insert(import_confirmation).values(row)
        await connection.execute(statement.on_conflict_do_nothing())


async def read_confirmations(
    connection: AsyncConnection, run_id: UUID, digest: str | None
) -> dict[str, dict[str, Any]]:
    """What was confirmed of the plan with this digest, by brake."""
    wanted = (_given.run_id == run_id, _given.digest == digest)
    rows = await connection.execute(select(import_confirmation).where(*wanted))
    return {row["brake"]: dict(row) for row in rows.mappings()}
