"""What an import did to the roster, to take it back."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.change import Action, ChangeKind
from services.importer.domain.undo import Applied
from services.importer.store.tables import import_change

_change = import_change.c
# With the very moment of the import: nothing else ends a membership of itself.
_ENDED = text("""
    SELECT m.id FROM membership m JOIN import_run r ON r.school_id = m.school_id
    WHERE r.id = :run_id AND m.state = 'ended' AND m.ended_at = r.applied_at
      AND NOT EXISTS (SELECT FROM import_change c
        WHERE c.run_id = r.id AND c.subject_id = m.id AND c.outcome = 'applied')
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


async def read_applied(
    connection: AsyncConnection, run_id: UUID
) -> tuple[list[Applied], list[UUID]]:
    """What an import changed, and the memberships that ended with who or what it archived."""
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
    return applied, list(ended.scalars())


async def hold_again(connection: AsyncConnection, run_id: UUID) -> None:
    """After an undo, let fields be held by hand that the undone import had overwritten."""
    await connection.execute(_HOLD_AGAIN, {"run_id": run_id})
