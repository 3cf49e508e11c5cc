"""The append-only history of koppelingen: SQL."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.koppeling import Event, State
from services.connector.store.tables import koppeling_event
from shared.ids import new_id


class Note(StrEnum):
    """What is kept in the history though it moves no koppeling."""

    STATED = "stated"
    ORGANISATION_CHOSEN = "organisation_chosen"


@dataclass(frozen=True)
class StoredEvent:
    """One transition, or a note between two."""

    id: UUID
    at: datetime
    from_state: str | None
    to_state: str
    event: str
    actor: str
    reason: str | None


async def note_event(
    connection: AsyncConnection,
    koppeling_id: UUID,
    moved: tuple[State | None, State],
    *,
    event: Event | Note,
    actor: str,
    reason: str | None,
) -> None:
    """Note a transition; `reason` holds no personal data."""
    row = {
        "id": new_id(),
        "koppeling_id": koppeling_id,
        "from_state": moved[0],
        "to_state": moved[1],
        "event": event,
        "actor": actor,
        "reason": reason,
    }
    await connection.execute(insert(koppeling_event).values(row))


def moves() -> ColumnElement[bool]:
    """The condition that an event moved its koppeling."""
    return koppeling_event.c.from_state.is_distinct_from(koppeling_event.c.to_state)


async def last_moved_at(connection: AsyncConnection, koppeling_id: UUID) -> datetime:
    """When a koppeling came into the state that it has."""
    statement = (
        select(koppeling_event.c.at)
        .where(koppeling_event.c.koppeling_id == koppeling_id, moves())
        .order_by(koppeling_event.c.id.desc())
        .limit(1)
    )
    moment: datetime = (await connection.execute(statement)).scalar_one()
    return moment


async def find_events(
    connection: AsyncConnection, koppeling_id: UUID, after: UUID | None, limit: int
) -> list[StoredEvent]:
    """The transitions of a koppeling, oldest first, `limit` after a given one."""
    columns = [column for column in koppeling_event.c if column.name != "koppeling_id"]
    statement = select(*columns).where(koppeling_event.c.koppeling_id == koppeling_id)
    if after is not None:
        statement = statement.where(koppeling_event.c.id > after)
    rows = await connection.execute(statement.order_by(koppeling_event.c.id).limit(limit))
    return [StoredEvent(**row) for row in rows.mappings()]
