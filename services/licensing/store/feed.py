"""The ledger as a feed: what came since a reader last looked, over all schools, none missed.

Entries of a transaction that is still open could come in behind a reader who went by time or id.
So the feed goes by transaction, and ends before the oldest that is still open (PostgreSQL manual,
9.27 System Information Functions, pg_snapshot_xmin).
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Many schools' mornings; few enough for one transaction.
_MOST_ENTRIES = 20_000
_EVERY_SCHOOL = text("SELECT set_config('app.license_audit', 'on', true)")
_BEGIN = text("INSERT INTO license_feed_position (reader) VALUES (:reader) ON CONFLICT DO NOTHING")
_POSITION = text("""
    SELECT written_by FROM license_feed_position WHERE reader = :reader FOR UPDATE SKIP LOCKED
""")
_MOVE = text("UPDATE license_feed_position SET written_by = :upto WHERE reader = :reader")
_UPTO = text("""
    SELECT max(written_by) FROM (
        SELECT written_by FROM license_entry
        WHERE written_by > :after
            AND written_by < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ORDER BY written_by LIMIT :most) next_ones
""")
_CHANGES = text("""
    SELECT p.id AS pool_id, p.school_id, p.license_product, p.schooljaar, p.granted, p.used,
        p.told_level, e.uses, e.releases, e.grants
    FROM (
        SELECT pool_id, count(*) FILTER (WHERE kind = 'use') AS uses,
            count(*) FILTER (WHERE kind = 'release') AS releases,
            count(*) FILTER (WHERE kind = 'grant') AS grants
        FROM license_entry WHERE written_by > :after AND written_by <= :upto GROUP BY pool_id) e
    JOIN license_pool p ON p.id = e.pool_id ORDER BY p.id
""")
_ACT_FOR = text("SELECT set_config('app.school_id', :school_id, true)")
_TOLD = text("UPDATE license_pool SET told_level = :level WHERE id = :pool_id")


@dataclass(frozen=True)
class PoolChange:
    """What happened in a pool since the last look, and how it stands now."""

    pool_id: UUID
    school_id: UUID
    license_product: str
    schooljaar: str
    granted: int
    used: int
    told_level: int
    uses: int
    releases: int
    grants: int


async def read_on(connection: AsyncConnection, reader: str) -> list[PoolChange]:
    """What came since this reader's last look, and move it on; empty while another reads for it.

    The transaction then sees the pools and the ledger of every school, which hold no name.
    """
    await connection.execute(_EVERY_SCHOOL)
    await connection.execute(_BEGIN, {"reader": reader})
    after = (await connection.execute(_POSITION, {"reader": reader})).scalar_one_or_none()
    if after is None:
        return []
    facts = {"after": after, "most": _MOST_ENTRIES}
    upto = (await connection.execute(_UPTO, facts)).scalar_one()
    if upto is None:
        return []
    await connection.execute(_MOVE, {"reader": reader, "upto": upto})
    rows = await connection.execute(_CHANGES, {"after": after, "upto": upto})
    return [PoolChange(**row) for row in rows.mappings()]


async def note_told(connection: AsyncConnection, change: PoolChange, level: int) -> None:
    """Remember the level that was told of a pool."""
    await connection.execute(_ACT_FOR, {"school_id": str(change.school_id)})
    await connection.execute(_TOLD, {"pool_id": change.pool_id, "level": level})
