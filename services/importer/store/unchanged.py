"""Which roster document of Somtoday's would change nothing, were it read again: SQL."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.withdrawn import Said
from shared.clock import now

# Longer ago, what was not applied of a plan is not kept, and would look as if there was nothing.
# It also has every roster compared from beginning to end now and then.
_AT_MOST = timedelta(days=14)
_KNOWN = text("""
    SELECT r.source_content, r.said FROM import_run r
    WHERE r.school_id = :school_id AND r.source = 'somtoday' AND r.planned_at > :since
      AND r.source_content IS NOT NULL AND r.source_ground = :ground AND r.problem_count = 0
      AND ((r.state = 'applied' AND r.roster_version + 1 = :version)
        OR (r.state IN ('cancelled', 'expired') AND r.roster_version = :version AND r.total = 0))
      AND NOT EXISTS (
        SELECT FROM import_change c
        WHERE c.run_id = r.id AND (c.outcome IS DISTINCT FROM 'applied' OR c.kept <> '{}'))
    ORDER BY r.id DESC LIMIT 1
""")


@dataclass(frozen=True)
class KnownRoster:
    """A document of which all was applied; the roster has not changed since.

    `content` is its digest, `said` the datavelden that it named.
    """

    content: str
    said: list[Said]


async def known_roster(
    connection: AsyncConnection, school_id: UUID, version: int, ground: str
) -> KnownRoster | None:
    """The document that would change nothing at this version, if there is one."""
    facts = {
        "school_id": school_id,
        "version": version,
        "ground": ground,
        "since": now() - _AT_MOST,
    }
    row = (await connection.execute(_KNOWN, facts)).one_or_none()
    return None if row is None else KnownRoster(row[0], [tuple(one) for one in row[1] or []])
