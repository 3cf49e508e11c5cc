"""Write a side effect in the same transaction as the change that causes it."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.ids import new_id
from shared.outbox.tables import outbox


async def write_to_outbox(
    connection: AsyncConnection,
    service: str,
    topic: str,
    subject_id: UUID,
    facts: dict[str, Any] | None = None,
) -> UUID:
    """Note that `topic` must be carried out for a row; `facts` holds no personal data."""
    entry_id = new_id()
    row = {
        "id": entry_id,
        "service": service,
        "topic": topic,
        "subject_id": subject_id,
        "facts": facts or {},
    }
    await connection.execute(insert(outbox).values(row))
    return entry_id
