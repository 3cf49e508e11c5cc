"""What an import did to the roster, to take it back."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.change import Action, ChangeKind
from services.importer.domain.undo import Applied
from services.importer.domain.undone_places import Since
from services.importer.store.tables import import_change

_change = import_change.c
# With the very moment of the import: nothing else ends a membership of itself. What began again
# since tells by that row since when it was over; what an undo ended so is over since when it was
# before the import that it took back.
_ENDED = text("""
    WITH r AS (SELECT id, school_id, undoes, applied_at FROM import_run WHERE id = :run_id),
    over AS (
        SELECT m.id FROM r JOIN membership m
            ON m.school_id = r.school_id AND m.ended_at = r.applied_at
        UNION SELECT m.id FROM r JOIN import_change o
            ON o.run_id = r.undoes AND o.outcome = 'applied' AND o.kind = 'membership'
        JOIN membership m ON m.id = o.subject_id AND m.ended_at = o.over_since
        UNION SELECT o.subject_id FROM r JOIN import_run l
            ON l.school_id = r.school_id AND l.applied_at > r.applied_at
        JOIN import_change o ON o.run_id = l.id AND o.outcome = 'applied'
            AND o.kind = 'membership' AND o.over_since = r.applied_at)
    SELECT m.id FROM over JOIN membership m ON m.id = over.id
    JOIN person p ON p.id = m.person_id AND p.state <> 'erased'
    WHERE NOT EXISTS (SELECT FROM r JOIN import_change c ON c.run_id = r.id
        WHERE c.subject_id = m.id AND c.outcome = 'applied')
""")
# What is another state now than when the import was done. Of what changed more often the first row
# after it tells what it was; who is brought back tells by their row since when they were over.
_MOVED = text("""
    WITH later AS (
        SELECT DISTINCT ON (c.subject_id) c.subject_id, CASE c.action
            WHEN 'archive' THEN true
            WHEN 'reactivate' THEN c.over_since > r.applied_at
            ELSE false END AS ran
        FROM import_run r JOIN import_run l
            ON l.school_id = r.school_id AND l.applied_at > r.applied_at
        JOIN import_change c ON c.run_id = l.id
        WHERE r.id = :run_id AND c.kind = 'membership' AND c.outcome = 'applied'
        ORDER BY c.subject_id, l.applied_at)
    SELECT m.id, m.state = 'active' AS runs
    FROM membership m JOIN import_run r ON r.school_id = m.school_id
    LEFT JOIN later ON later.subject_id = m.id
    WHERE r.id = :run_id AND CASE m.state
        WHEN 'active' THEN m.changed_in > r.roster_version + 1 AND NOT coalesce(later.ran, false)
        ELSE m.ended_at > r.applied_at AND coalesce(later.ran, true) END
""")
# An import's own rows carry the version after that of its plan.
_MERGED_SINCE = text("""
    SELECT p.id FROM person p JOIN import_run r ON r.school_id = p.school_id
    WHERE r.id = :run_id AND p.merged_into IS NOT NULL AND p.changed_in > r.roster_version + 1
""")
# What the import took from the hand that had changed it is that hand's again.
_HOLD_AGAIN = text("""
    UPDATE person p SET held_fields = ARRAY(
        SELECT name FROM unnest(p.held_fields) AS name
        UNION SELECT name FROM unnest(o.held) AS name WHERE NOT name = ANY (o.kept)
        ORDER BY 1)
    FROM import_run r
    JOIN import_change u ON u.run_id = r.id AND u.kind = 'person' AND u.outcome = 'applied'
    JOIN import_change o ON o.run_id = r.undoes AND o.subject_id = u.subject_id
        AND o.kind = 'person' AND o.outcome = 'applied' AND o.held <> o.kept
    WHERE r.id = :run_id AND p.id = u.subject_id
""")


@dataclass(frozen=True)
class Done:
    """What an import changed, what ended with who or what it archived, and what came after it."""

    applied: list[Applied]
    ended: list[UUID]
    since: Since


async def read_done(connection: AsyncConnection, run_id: UUID) -> Done:
    """What an import did, and what came after it."""
    rows = await connection.execute(
        select(import_change)
        .where(_change.run_id == run_id, _change.outcome == "applied")
        .order_by(_change.position)
    )
    applied = [
        Applied(
            ChangeKind(row["kind"]),
            Action(row["action"]),
            row["role"],
            row["subject_id"],
            row["before"],
            {name: value for name, value in row["after"].items() if name not in row["kept"]},
            row["person_id"],
            row["group_id"],
        )
        for row in rows.mappings()
    ]
    of_run = {"run_id": run_id}
    ended = await connection.execute(_ENDED, of_run)
    moved = (await connection.execute(_MOVED, of_run)).all()
    merged = await connection.execute(_MERGED_SINCE, of_run)
    since = Since(
        begun=[row.id for row in moved if row.runs],
        ended=[row.id for row in moved if not row.runs],
        merged=list(merged.scalars()),
    )
    return Done(applied, list(ended.scalars()), since)


async def hold_again(connection: AsyncConnection, run_id: UUID) -> None:
    """After an undo, let fields be held by hand that the undone import had overwritten."""
    await connection.execute(_HOLD_AGAIN, {"run_id": run_id})
