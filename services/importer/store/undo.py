"""What an import did to the roster, to take it back."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.change import Action, ChangeKind
from services.importer.domain.undo import Applied, Since
from services.importer.store.tables import import_change

_change = import_change.c
# With the very moment of the import: nothing else ends a membership of itself. What an undo ended
# so is over since when it was before the import that it took back.
_ENDED = text("""
    SELECT m.id FROM membership m JOIN import_run r ON r.school_id = m.school_id
    JOIN person p ON p.id = m.person_id AND p.state <> 'erased'
    WHERE r.id = :run_id AND m.state = 'ended'
      AND (m.ended_at = r.applied_at OR EXISTS (SELECT FROM import_change o
        WHERE o.run_id = r.undoes AND o.subject_id = m.id AND o.outcome = 'applied'
          AND o.over_since = m.ended_at))
      AND NOT EXISTS (SELECT FROM import_change c
        WHERE c.run_id = r.id AND c.subject_id = m.id AND c.outcome = 'applied')
""")
# An import's own rows carry the version after that of its plan.
_BEGUN_SINCE = text("""
    SELECT m.id FROM membership m JOIN import_run r ON r.school_id = m.school_id
    WHERE r.id = :run_id AND m.state = 'active' AND m.changed_in > r.roster_version + 1
""")
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
    ended = await connection.execute(_ENDED, {"run_id": run_id})
    begun = await connection.execute(_BEGUN_SINCE, {"run_id": run_id})
    merged = await connection.execute(_MERGED_SINCE, {"run_id": run_id})
    since = Since(list(begun.scalars()), list(merged.scalars()))
    return Done(applied, list(ended.scalars()), since)


async def hold_again(connection: AsyncConnection, run_id: UUID) -> None:
    """After an undo, let fields be held by hand that the undone import had overwritten."""
    await connection.execute(_HOLD_AGAIN, {"run_id": run_id})
