"""Since when somebody or something was archived or ended: kept by an import that brings it back.

How long a school keeps who left is counted from that day, so an undo may not begin to count anew.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Row by row: of a plan that brings back few, no join may begin at the whole of another table.
_NOTE = text("""
    UPDATE import_change c SET over_since = CASE c.kind
        WHEN 'person' THEN (SELECT archived_at FROM person WHERE id = c.subject_id)
        WHEN 'group' THEN (SELECT archived_at FROM roster_group WHERE id = c.subject_id)
        ELSE (SELECT ended_at FROM membership WHERE id = c.subject_id) END
    WHERE c.run_id = :run_id AND c.chosen AND c.action = 'reactivate'
""")
# By its moment: only what this undo archived or ended, also with whom or what it is between.
_AGAIN = [
    text(f"""
        UPDATE {table} t SET {column} = o.over_since
        FROM import_run r JOIN import_change o ON o.run_id = r.undoes
            AND o.outcome = 'applied' AND o.over_since IS NOT NULL
        WHERE r.id = :run_id AND t.id = o.subject_id AND t.{column} = :moment
    """)  # noqa: S608 - the names below
    for table, column in (
        ("person", "archived_at"),
        ("roster_group", "archived_at"),
        ("membership", "ended_at"),
    )
]


async def note_since(connection: AsyncConnection, run_id: UUID) -> None:
    """Before a plan is applied, note since when what it brings back was over."""
    await connection.execute(_NOTE, {"run_id": run_id})


async def over_again(connection: AsyncConnection, run_id: UUID, moment: datetime) -> None:
    """After an undo at a moment, let what is over again be so since when it was before."""
    for statement in _AGAIN:
        await connection.execute(statement, {"run_id": run_id, "moment": moment})
