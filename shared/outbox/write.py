"""Write a side effect in the same transaction as the change that causes it."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.ids import new_id
from shared.outbox.tables import outbox


async def write_to_outbox(
    connection: AsyncConnection,
    service: str,
    topic: str,
    subject_id: UUID,
    facts: dict[str, Any] | None = None,
    *,
    entry_id: UUID | None = None,
) -> UUID:
    """Note that `topic` must be carried out for a row; `facts` holds no personal data.

    With an `entry_id` it is noted once, however often it is asked: for whoever may do so again.
    """
    row = {
        "id": entry_id or new_id(),
        "service": service,
        "topic": topic,
        "subject_id": subject_id,
        "facts": facts or {},
    }
    statement = insert(outbox).values(row).on_conflict_do_nothing(index_elements=["id"])
    await connection.execute(statement)
    return UUID(str(row["id"]))
