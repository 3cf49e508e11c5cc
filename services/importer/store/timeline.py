"""All that is held of one person, each row with its moment.

A person is their own row and those of everybody who turned out to be the same one: `ids`.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.decisions import ON_PEOPLE

Rows = list[dict[str, Any]]
_PERSON = text("""
    SELECT p.*, EXISTS (SELECT FROM erased_key k WHERE k.person_id = p.id) AS is_known_again
    FROM person p WHERE p.id = :person_id
""")
_PEOPLE = text("SELECT * FROM person WHERE id = ANY(:ids) ORDER BY id")
# By the person's own id and those of all their memberships, whose rows are never deleted. What
# was gone from a plan before it was applied came to nothing, and so did a field that stayed. Who
# was in a group that was archived left it by that, without a change of their own.
_CHANGES = text("""
    SELECT r.applied_at AS at, c.kind, c.action, c.reason, c.role,
        c.before - done.but AS before, c.after - done.but AS after, c.outcome,
        c.outcome_reason, r.id AS import_id, r.undoes, r.source, r.requested_by, r.approved_by,
        c.group_id, g.name AS group_name,
        CASE c.kind WHEN 'person' THEN c.subject_id ELSE c.person_id END AS person_id, c.position
    FROM import_run r
    JOIN import_change c ON c.run_id = r.id AND c.subject_id IN (
        SELECT unnest(CAST(:ids AS uuid[]))
        UNION ALL SELECT id FROM membership WHERE person_id = ANY(:ids))
    CROSS JOIN LATERAL (
        SELECT CASE c.outcome WHEN 'applied' THEN c.kept ELSE '{}' END AS but) AS done
    LEFT JOIN roster_group g ON g.id = c.group_id
    WHERE r.school_id = :school_id AND r.state = 'applied' AND c.outcome IS NOT NULL
    UNION ALL
    SELECT r.applied_at, 'membership', c.action, c.reason, m.role, '{}', '{}',
        c.outcome, NULL, r.id, r.undoes, r.source, r.requested_by,
        r.approved_by, m.group_id, g.name, m.person_id, c.position
    FROM membership m JOIN import_run r ON r.applied_at = m.ended_at
    JOIN import_change c ON c.run_id = r.id AND c.subject_id = m.group_id
        AND c.action = 'archive' AND c.outcome = 'applied'
    JOIN roster_group g ON g.id = m.group_id
    WHERE r.school_id = :school_id AND m.person_id = ANY(:ids)
    ORDER BY at DESC, position
""")
_MEMBERSHIPS = text("""
    SELECT m.id, m.role, m.state, m.created_at, m.ended_at, m.group_id,
        g.name AS group_name, g.kind AS group_kind, g.schooljaar
    FROM membership m JOIN roster_group g ON g.id = m.group_id
    WHERE m.person_id = ANY(:ids) ORDER BY m.id
""")
_LICENSE_USES = text("""
    SELECT started_at AS at, license_product, schooljaar, activity_kind, license_used_now,
        person_id
    FROM person_license_use WHERE school_id = :school_id AND person_id = ANY(:ids)
    ORDER BY started_at DESC
""")
_BY_HAND = text("""
    SELECT changed_at AS at, person_id, released, changed_by,
        jsonb_object_agg(field, before) AS before, jsonb_object_agg(field, after) AS after
    FROM hand_change WHERE school_id = :school_id AND person_id = ANY(:ids)
    GROUP BY changed_at, person_id, released, changed_by
""")
_DECISIONS = text(f"""
    SELECT decided_at, decided_by, revoked_at, revoked_by, verdict, person_id
    FROM match_decision WHERE {ON_PEOPLE}
""")  # noqa: S608 - only constants
_AUDITED = text("""
    SELECT at, actor, action, person_ids[1] AS person_id, facts FROM audit_entry
    WHERE school_id = :school_id AND action IN ('erase', 'merge')
      AND person_ids && CAST(:ids AS uuid[])
    ORDER BY id DESC
""")


async def find_person(connection: AsyncConnection, person_id: UUID) -> dict[str, Any] | None:
    """Every column of a person, the erased too; None when it is not of this school."""
    row = (await connection.execute(_PERSON, {"person_id": person_id})).mappings().one_or_none()
    return None if row is None else dict(row)


async def rows_of_people(connection: AsyncConnection, ids: Sequence[UUID]) -> Rows:
    """Every column of these people."""
    return await _rows(connection, _PEOPLE, {"ids": list(ids)})


async def changes_of_person(
    connection: AsyncConnection, school_id: UUID, ids: Sequence[UUID]
) -> Rows:
    """What imports changed, or would have changed, newest first."""
    return await _rows(connection, _CHANGES, _whose(school_id, ids))


async def memberships_of_person(connection: AsyncConnection, ids: Sequence[UUID]) -> Rows:
    """Every group that the person is or was in."""
    return await _rows(connection, _MEMBERSHIPS, {"ids": list(ids)})


async def license_uses_of_person(
    connection: AsyncConnection, school_id: UUID, ids: Sequence[UUID]
) -> Rows:
    """Every start of a sprongtoets or an oefening, newest first."""
    return await _rows(connection, _LICENSE_USES, _whose(school_id, ids))


async def hand_changes_of_person(
    connection: AsyncConnection, school_id: UUID, ids: Sequence[UUID]
) -> Rows:
    """What was changed by hand, the fields of one call together."""
    return await _rows(connection, _BY_HAND, _whose(school_id, ids))


async def decisions_on_person(
    connection: AsyncConnection, school_id: UUID, ids: Sequence[UUID]
) -> Rows:
    """What was decided of matches with the person, also what was taken back."""
    return await _rows(connection, _DECISIONS, _whose(school_id, ids))


async def audited_of_person(
    connection: AsyncConnection, school_id: UUID, ids: Sequence[UUID]
) -> Rows:
    """When and why the person was merged or erased, newest first."""
    return await _rows(connection, _AUDITED, _whose(school_id, ids))


def _whose(school_id: UUID, ids: Sequence[UUID]) -> dict[str, Any]:
    return {"school_id": school_id, "ids": list(ids)}


async def _rows(
    connection: AsyncConnection,
    statement: Any,  # noqa: ANN401 - whatever can be executed
    facts: Mapping[str, Any],
) -> Rows:
    return [dict(row) for row in (await connection.execute(statement, facts)).mappings()]
