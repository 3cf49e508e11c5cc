"""What a night leaves: what an undo took back, and half of a move from group to group."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.hand_changes import HAND_FIELDS

_UNDOS = text("""
    SELECT id FROM import_run
    WHERE school_id = :school_id AND undoes IS NOT NULL AND state = 'applied'
""")
# Would do again what an undo took back, and what nobody did again since: a row as a whole, or so
# many fields of an update. Where these can be kept the others change.
_LEFT_OUT = """
    WITH found AS (
        SELECT c.id, bool_and(undone.name = ANY (CAST(:by_field AS text[]))) IS TRUE AS by_field,
            array_remove(array_agg(DISTINCT undone.name), NULL) AS names
        FROM import_change c
        JOIN import_change u ON u.run_id = ANY(:undos) AND u.subject_id = c.subject_id
            AND u.outcome = 'applied'
        JOIN import_run undo ON undo.id = u.run_id
        CROSS JOIN LATERAL (
            SELECT NULL AS name
            WHERE (c.action, u.action) IN (('reactivate', 'archive'), ('archive', 'reactivate'))
            UNION ALL
            SELECT one.key FROM jsonb_each(c.after - c.kept) AS one
            WHERE c.action = 'update'
              AND (u.before - u.kept) @> jsonb_build_object(one.key, one.value)
        ) AS undone
        WHERE c.run_id = :run_id AND {rows}
          AND NOT EXISTS (SELECT FROM import_run later
            JOIN import_change again ON again.run_id = later.id
            WHERE later.school_id = c.school_id AND later.state = 'applied'
              AND later.applied_at > undo.applied_at AND again.outcome = 'applied'
              AND again.subject_id = c.subject_id
              AND CASE WHEN undone.name IS NULL THEN again.action = c.action
                  ELSE (again.after - again.kept) ? undone.name END)
        GROUP BY c.id
    ), left_out AS (
        SELECT c.id, f.names, f.by_field AND (c.after - c.kept - f.names) <> '{{}}' AS goes_on
        FROM found f JOIN import_change c ON c.id = f.id
    )
"""
_LEAVE_UNDONE = text(f"""
    {_LEFT_OUT.format(rows="c.chosen")}
    UPDATE import_change c SET chosen = l.goes_on,
        undone = CASE WHEN l.goes_on THEN ARRAY(
            SELECT DISTINCT name FROM unnest(c.undone || l.names) AS name) ELSE c.undone END,
        kept = CASE WHEN l.goes_on THEN c.kept || l.names ELSE c.kept END
    FROM left_out l WHERE c.id = l.id
""")  # noqa: S608 - only a constant of this file
_MARKS = text(f"""
    {_LEFT_OUT.format(rows="c.id = ANY(:ids)")} SELECT id, names, goes_on FROM left_out
""")  # noqa: S608 - only a constant of this file
# Who would lose a place without the one that they go to, or be in two, stays where they are: of
# classes, and of the groups of a vak, as of those of none. With a person or group that is left out
# nothing begins.
_LEAVE_HALF_MOVES = text("""
    WITH place AS (
        SELECT c.id, c.person_id, c.role, coalesce(of_group.role, g.kind) AS kind,
            coalesce(of_group.after ->> 'vak', g.vak, '') AS vak,
            c.chosen AND (c.action = 'archive' OR (of_group.chosen IS NOT FALSE
                AND of_person.chosen IS NOT FALSE)) AS happens
        FROM import_change c
        LEFT JOIN roster_group g ON g.id = c.group_id
        LEFT JOIN import_change of_group ON of_group.run_id = c.run_id
            AND of_group.subject_id = c.group_id AND of_group.choice IS NOT NULL
            AND of_group.action IN ('add', 'reactivate')
        LEFT JOIN import_change of_person ON of_person.run_id = c.run_id
            AND of_person.subject_id = c.person_id AND of_person.choice IS NOT NULL
            AND of_person.action IN ('add', 'reactivate')
        WHERE c.run_id = :run_id AND c.kind = 'membership' AND c.choice IS NOT NULL
    ), half AS (
        SELECT person_id, role, kind, vak FROM place GROUP BY person_id, role, kind, vak
        HAVING NOT bool_and(happens)
    )
    UPDATE import_change c SET chosen = false
    FROM place JOIN half USING (person_id, role, kind, vak) WHERE c.id = place.id AND c.chosen
""")


async def leave_undone(connection: AsyncConnection, school_id: UUID, run_id: UUID) -> int:
    """Leave out what an undo took back, so that nobody has it done again.

    However long ago that was: what an undo applied is kept for as long as whom it is about.
    Returns of how many changes something is left.
    """
    undos = await _undos(connection, school_id)
    if not undos:
        return 0
    return (await connection.execute(_LEAVE_UNDONE, _facts(run_id, undos))).rowcount


async def mark_undone(
    connection: AsyncConnection, school_id: UUID, run_id: UUID, rows: Sequence[dict[str, Any]]
) -> None:
    """Say of changes of a plan which fields a night would leave, and whether the whole row."""
    undos = await _undos(connection, school_id)
    if not undos:
        return
    facts = {**_facts(run_id, undos), "ids": [row["id"] for row in rows]}
    found = {mark.id: mark for mark in await connection.execute(_MARKS, facts)}
    for row in rows:
        mark = found.get(row["id"])
        if mark is not None:
            row["undone"] = [*row["undone"], *mark.names]
            row["is_undone"] = not mark.goes_on


async def _undos(connection: AsyncConnection, school_id: UUID) -> list[UUID]:
    return list((await connection.execute(_UNDOS, {"school_id": school_id})).scalars())


def _facts(run_id: UUID, undos: list[UUID]) -> dict[str, Any]:
    return {"run_id": run_id, "undos": undos, "by_field": list(HAND_FIELDS)}


async def leave_half_moves(connection: AsyncConnection, run_id: UUID) -> None:
    """Leave a person's places of one kind and vak where something of them is left out."""
    await connection.execute(_LEAVE_HALF_MOVES, {"run_id": run_id})
