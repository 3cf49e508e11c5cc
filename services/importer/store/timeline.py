"""All that is held of one person, each row with its moment."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_PERSON = text("""
    SELECT p.*, EXISTS (SELECT FROM erased_key k WHERE k.person_id = p.id) AS is_known_again
    FROM person p WHERE p.id = :person_id
""")
# By the person's own id and those of all their memberships, whose rows are never deleted.
_CHANGES = text("""
    SELECT r.applied_at AS at, c.kind, c.action, c.reason, c.role, c.before, c.after,
        c.outcome, c.outcome_reason, r.id AS import_id, r.source, r.requested_by,
        r.approved_by, c.group_id, g.name AS group_name
    FROM import_run r
    JOIN import_change c ON c.run_id = r.id AND c.subject_id IN (
        SELECT CAST(:person_id AS uuid)
        UNION ALL SELECT id FROM membership WHERE person_id = :person_id)
    LEFT JOIN roster_group g ON g.id = c.group_id
    WHERE r.school_id = :school_id AND r.state = 'applied'
    ORDER BY r.applied_at DESC, c.position
""")
_MEMBERSHIPS = text("""
    SELECT m.id, m.role, m.state, m.created_at, m.ended_at, m.group_id,
        g.name AS group_name, g.kind AS group_kind, g.schooljaar
    FROM membership m JOIN roster_group g ON g.id = m.group_id
    WHERE m.person_id = :person_id ORDER BY m.id
""")
_LICENSE_USES = text("""
    SELECT started_at AS at, license_product, schooljaar, activity_kind, license_used_now
    FROM person_license_use WHERE school_id = :school_id AND person_id = :person_id
    ORDER BY started_at DESC
""")
_ERASED = text("""
    SELECT at, actor, facts FROM audit_entry
    WHERE action = 'erase' AND person_ids @> ARRAY[CAST(:person_id AS uuid)] ORDER BY id DESC
""")


async def find_person(connection: AsyncConnection, person_id: UUID) -> dict[str, Any] | None:
    """Every column of a person, the erased too; None when it is not of this school."""
    row = (await connection.execute(_PERSON, {"person_id": person_id})).mappings().one_or_none()
    return None if row is None else dict(row)


async def changes_of_person(
    connection: AsyncConnection, school_id: UUID, person_id: UUID
) -> list[dict[str, Any]]:
    """What imports changed, or would have changed, newest first."""
    return await _rows(connection, _CHANGES, school_id=school_id, person_id=person_id)


async def memberships_of_person(
    connection: AsyncConnection, person_id: UUID
) -> list[dict[str, Any]]:
    """Every group that the person is or was in."""
    return await _rows(connection, _MEMBERSHIPS, person_id=person_id)


async def license_uses_of_person(
    connection: AsyncConnection, school_id: UUID, person_id: UUID
) -> list[dict[str, Any]]:
    """Every start of a sprongtoets or an oefening, newest first."""
    return await _rows(connection, _LICENSE_USES, school_id=school_id, person_id=person_id)


async def erasure_of_person(connection: AsyncConnection, person_id: UUID) -> list[dict[str, Any]]:
    """When and why the person was erased."""
    return await _rows(connection, _ERASED, person_id=person_id)


async def _rows(connection: AsyncConnection, statement: Any, **facts: UUID) -> list[dict[str, Any]]:  # noqa: ANN401
    return [dict(row) for row in (await connection.execute(statement, facts)).mappings()]
