"""The audit: written in the transaction of what it tells about."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.audit import AuditEntry
from services.importer.store.personal_tables import audit_entry
from shared.ids import new_id
from shared.telemetry import current_request_id

# What an import did to somebody is told by its changes: of the person, and of memberships,
# whose rows are never deleted and so lead to every change of them. Where a group was archived, its
# members have no change of their own: their memberships ended with it, at the moment of the import.
_OF_PERSON = text("""
    SELECT a.id, a.at, a.actor, a.action, a.what, a.run_id, a.request_id, a.facts
    FROM audit_entry a
    WHERE a.school_id = :school_id
      AND (CAST(:before AS uuid) IS NULL OR a.id < :before)
      AND (a.person_ids && CAST(:ids AS uuid[])
        OR (a.action = 'change' AND a.run_id IN (
            SELECT c.run_id FROM import_run r
            JOIN import_change c ON c.run_id = r.id AND c.outcome = 'applied'
              AND c.subject_id IN (
                SELECT unnest(CAST(:ids AS uuid[]))
                UNION ALL SELECT id FROM membership WHERE person_id = ANY(:ids))
            WHERE r.school_id = :school_id AND r.state = 'applied'
            UNION ALL
            SELECT r.id FROM import_run r JOIN membership m ON m.ended_at = r.applied_at
            WHERE r.school_id = :school_id AND m.person_id = ANY(:ids))))
    ORDER BY a.id DESC LIMIT :limit
""")


async def write_audit(connection: AsyncConnection, school_id: UUID, entry: AuditEntry) -> None:
    """Note who did what, with the id of the request or job under way."""
    row = {
        "id": new_id(),
        "school_id": school_id,
        "actor": entry.actor,
        "action": entry.action,
        "what": entry.what,
        "person_ids": list(entry.person_ids),
        "run_id": entry.run_id,
        "request_id": current_request_id(),
        "facts": dict(entry.facts),
    }
    await connection.execute(insert(audit_entry).values(row))


async def list_audit(
    connection: AsyncConnection,
    school_id: UUID,
    ids: Sequence[UUID],
    before: UUID | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """What was done with the data of who has these rows, newest first; `before` is the last seen.

    All of it without a limit.
    """
    facts = {"school_id": school_id, "ids": list(ids), "before": before, "limit": limit}
    return [dict(row) for row in (await connection.execute(_OF_PERSON, facts)).mappings()]
