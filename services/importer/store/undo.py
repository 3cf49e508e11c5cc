"""What an import did to the roster, to take it back."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.change import Action, ChangeKind
from services.importer.domain.undo import Applied
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
# Another import began or ended these since.
_LATER = text("""
    SELECT DISTINCT c.subject_id FROM import_run r
    JOIN import_run later ON later.school_id = r.school_id AND later.state = 'applied'
        AND later.applied_at > r.applied_at
    JOIN import_change c ON c.run_id = later.id AND c.kind = 'membership'
        AND c.outcome = 'applied'
    WHERE r.id = :run_id
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
    """What an import changed, and the memberships that ended with who or what it archived.

    `later` are those that another import began or ended since.
    """

    applied: list[Applied]
    ended: list[UUID]
    later: frozenset[UUID]


async def read_done(connection: AsyncConnection, run_id: UUID) -> Done:
    """What an import did to the roster, and what was done since to memberships."""
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
    later = await connection.execute(_LATER, {"run_id": run_id})
    return Done(applied, list(ended.scalars()), frozenset(later.scalars()))


async def hold_again(connection: AsyncConnection, run_id: UUID) -> None:
    """After an undo, let fields be held by hand that the undone import had overwritten."""
    await connection.execute(_HOLD_AGAIN, {"run_id": run_id})
