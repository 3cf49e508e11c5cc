"""Entries of the ledger with what a report may know of each, and the feed of all of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.domain.report import BookedEntry

# One statement, so one moment: sums that are made of it cannot contradict each other.
_BOOKED = text("""
    SELECT e.id, e.pool_id, q.license_product, e.kind, e.amount, e.created_at AS booked_at,
        e.license_id, e.reason, place.vestiging_code, place.klas, first_use.activity_kind
    FROM license_pool q
    JOIN license_product lp ON lp.code = q.license_product
    JOIN license_entry e ON e.pool_id = q.id AND e.pool_id = ANY(ARRAY(
        SELECT id FROM license_pool WHERE school_id = :school_id AND schooljaar = :schooljaar))
    LEFT JOIN license l ON l.id = e.license_id AND l.school_id = :school_id
    LEFT JOIN license_place place ON place.person_id = l.person_id
    LEFT JOIN (
        SELECT license_id, activity_kind FROM license_use
        WHERE school_id = :school_id AND license_used_now
            AND started_at >= :begin AND started_at < :end) first_use
        ON first_use.license_id = e.license_id
    WHERE q.school_id = :school_id AND q.schooljaar = :schooljaar
        AND (CAST(:product AS text) IS NULL OR lp.product = :product)
        AND (CAST(:license_product AS text) IS NULL OR lp.code = :license_product)
    ORDER BY e.created_at, e.id
""")
# Row-level security hides from the planner how much a school has: it expects a row, and compared
# each entry with each start (9.5 s for 5,000 pupils, 0.2 s so).
_BY_HASH = text("SELECT set_config('enable_nestloop', 'off', true)")
_EVERY_SCHOOL = text("SELECT set_config('app.license_audit', 'on', true)")
# A transaction that is still open could commit behind whoever reads by time or id: the feed goes
# by transaction, and ends before the oldest that is still open.
_SINCE = text("""
    SELECT e.written_by, e.id, e.school_id, e.pool_id, q.license_product, lp.product,
        q.schooljaar, e.kind, e.amount, e.license_id, e.reason, e.created_at AS booked_at
    FROM license_entry e
    JOIN license_pool q ON q.id = e.pool_id
    JOIN license_product lp ON lp.code = q.license_product
    WHERE (e.written_by, e.id) > (:written_by, CAST(:id AS uuid))
        AND e.written_by < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        AND (CAST(:product AS text) IS NULL OR lp.product = :product)
    ORDER BY e.written_by, e.id LIMIT :limit
""")


@dataclass(frozen=True)
class Place:
    """Where a reader of the feed is: after this entry."""

    written_by: int
    id: UUID


@dataclass(frozen=True)
class FedEntry:
    """An entry of any school."""

    written_by: int
    id: UUID
    school_id: UUID
    pool_id: UUID
    license_product: str
    product: str
    schooljaar: str
    kind: str
    amount: int
    license_id: UUID | None
    reason: str | None
    booked_at: datetime


@dataclass(frozen=True)
class Wanted:
    """Whose entries of which schooljaar; `begin` and `end` are its moments, null is no limit."""

    school_id: UUID
    schooljaar: str
    begin: datetime
    end: datetime
    product: str | None = None
    license_product: str | None = None


async def booked_entries(connection: AsyncConnection, wanted: Wanted) -> list[BookedEntry]:
    """Every entry of the transaction's school, in the order in which they were booked."""
    await connection.execute(_BY_HASH)
    rows = await connection.execute(_BOOKED, vars(wanted))
    return [BookedEntry(**row) for row in rows.mappings()]


async def entries_since(
    connection: AsyncConnection, after: Place, *, product: str | None, limit: int
) -> list[FedEntry]:
    """What comes after a place, over all schools; none is ever added before it."""
    await connection.execute(_EVERY_SCHOOL)
    facts = {**vars(after), "product": product, "limit": limit}
    rows = await connection.execute(_SINCE, facts)
    return [FedEntry(**row) for row in rows.mappings()]
