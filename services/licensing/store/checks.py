"""The nightly proof: what pools, licenses and ledger say of each other, over all schools."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.store.job_tables import license_check
from shared.ids import new_id

_MOST_PROBLEMS = 100
_EVERY_SCHOOL = text("SELECT set_config('app.license_audit', 'on', true)")
# One statement, so one moment: starts go on meanwhile.
_COMPARE = text("""
    WITH entries AS (
        SELECT pool_id, count(*) AS entries,
            coalesce(sum(amount) FILTER (WHERE kind = 'grant'), 0) AS granted,
            count(*) FILTER (WHERE kind = 'use') AS uses,
            count(*) FILTER (WHERE kind = 'release') AS releases
        FROM license_entry GROUP BY pool_id),
    licenses AS (
        SELECT pool_id, count(*) AS licenses, count(released_at) AS released
        FROM license GROUP BY pool_id),
    compared AS (
        SELECT p.id, coalesce(e.entries, 0) AS entries, array_remove(ARRAY[
            CASE WHEN p.granted <> coalesce(e.granted, 0) THEN 'granted' END,
            CASE WHEN p.used <> coalesce(e.uses - e.releases, 0) THEN 'used' END,
            CASE WHEN coalesce(e.uses, 0) <> coalesce(l.licenses, 0) THEN 'licenses' END,
            CASE WHEN coalesce(e.releases, 0) <> coalesce(l.released, 0) THEN 'released' END,
            CASE WHEN p.used > p.granted + p.overdraft THEN 'oversold' END], NULL) AS differs
        FROM license_pool p LEFT JOIN entries e ON e.pool_id = p.id
        LEFT JOIN licenses l ON l.pool_id = p.id)
    SELECT count(*) AS pools, coalesce(sum(entries), 0)::bigint AS entries,
        coalesce(jsonb_agg(jsonb_build_object('pool_id', id, 'differs', differs) ORDER BY id)
            FILTER (WHERE differs <> '{}'), '[]') AS problems
    FROM compared
""")


@dataclass(frozen=True)
class LedgerCheck:
    """What a night's proof found; `problems` names at most a hundred pools and what differs."""

    id: UUID
    day: date
    pools: int
    entries: int
    problems: list[dict[str, Any]]
    checked_at: datetime


async def compare(connection: AsyncConnection) -> tuple[int, int, list[dict[str, Any]]]:
    """How many pools and entries there are, and the pools in which something differs."""
    await connection.execute(_EVERY_SCHOOL)
    row = (await connection.execute(_COMPARE)).one()
    return row.pools, row.entries, row.problems[:_MOST_PROBLEMS]


async def note_check(
    connection: AsyncConnection,
    day: date,
    *,
    pools: int,
    entries: int,
    problems: list[dict[str, Any]],
) -> UUID | None:
    """Keep what a day's proof found; None when another worker did."""
    row = {"id": new_id(), "day": day, "pools": pools, "entries": entries, "problems": problems}
    statement = insert(license_check).values(row).on_conflict_do_nothing()
    made = await connection.execute(statement.returning(license_check.c.id))
    found: UUID | None = made.scalar_one_or_none()
    return found


async def is_checked(connection: AsyncConnection, day: date) -> bool:
    """Whether a day has its proof."""
    statement = select(license_check.c.id).where(license_check.c.day == day)
    return (await connection.execute(statement)).one_or_none() is not None


async def find_checks(
    connection: AsyncConnection, *, before: UUID | None, limit: int
) -> list[LedgerCheck]:
    """The proofs, newest first, `limit` before a given one."""
    statement = select(license_check)
    if before is not None:
        statement = statement.where(license_check.c.id < before)
    rows = await connection.execute(statement.order_by(license_check.c.id.desc()).limit(limit))
    return [LedgerCheck(**row) for row in rows.mappings()]
