"""Leave a source's key with who keeps it, where a plan moves it on and only a part was chosen."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_MOVING = (
    "{0}.run_id = :run_id AND {0}.chosen AND {0}.outcome IS NULL AND {0}.after ? 'source_key' "
    "AND NOT 'source_key' = ANY ({0}.kept)"
)
_KEEP = tuple(
    text(f"""
        UPDATE import_change c SET kept = array_append(c.kept, 'source_key') FROM {table} h
        WHERE {_MOVING.format("c")} AND c.kind = '{kind}' AND c.action <> 'add'
          AND h.school_id = c.school_id AND h.source_key = c.after ->> 'source_key'
          AND h.id <> c.subject_id
          AND NOT EXISTS (SELECT FROM import_change o
            WHERE {_MOVING.format("o")} AND o.subject_id = h.id)
    """)  # noqa: S608 - only constants
    for table, kind in (("person", "person"), ("roster_group", "group"))
)


async def keep_taken_keys(connection: AsyncConnection, run_id: UUID) -> None:
    """Mark the key of a change as kept, as the domain's `taken_keys` tells it.

    Until nothing is left: whose key is kept keeps one that a third may have hoped for.
    """
    for statement in _KEEP:
        while (await connection.execute(statement, {"run_id": run_id})).rowcount:
            pass
