"""The append-only history of koppelingen: SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.koppeling import Event, State
from services.connector.store.tables import koppeling, koppeling_event
from shared.ids import new_id

CHANGE = "change"
# One writer at a time from here to its commit, so that positions come to light in their order and
# a reader of what follows misses none. Last lock of every transaction that takes it: no deadlock.
# One that hangs with it must not hold up every koppeling for as long as it lives.
_IN_ORDER = text("""
    SELECT set_config('idle_in_transaction_session_timeout', '10s', true),
        pg_advisory_xact_lock(hashtext('koppeling_event'))
""")
_event = koppeling_event.c
_SHOWN = (
    *(_event.id, _event.at, _event.from_state, _event.to_state, _event.event, _event.actor),
    *(_event.reason, _event.changed),
)


@dataclass(frozen=True)
class StoredEvent:
    """One transition, or one change of what ops state: then `changed` names the fields."""

    id: UUID
    at: datetime
    from_state: str | None
    to_state: str
    event: str
    actor: str
    reason: str | None
    changed: Sequence[str] | None


@dataclass(frozen=True)
class FeedEvent(StoredEvent):
    """An event with its koppeling, at its place in the order of all."""

    position: int
    koppeling_id: UUID
    school_id: UUID
    product: str


@dataclass(frozen=True)
class Noted:
    """Where and when an event was written."""

    position: int
    at: datetime


async def note_event(
    connection: AsyncConnection,
    koppeling_id: UUID,
    moved: tuple[State | None, State],
    *,
    event: Event,
    actor: str,
    reason: str | None,
) -> Noted:
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
    await connection.execute(_IN_ORDER)
    written = insert(koppeling_event).values(row).returning(_event.position, _event.at)
    return Noted(*(await connection.execute(written)).one())


async def note_change(
    connection: AsyncConnection,
    koppeling_id: UUID,
    state: State,
    *,
    fields: Sequence[str],
    actor: str,
    reason: str,
) -> None:
    """Note which fields ops stated anew; `reason` says how, without any personal data."""
    row = {
        "id": new_id(),
        "koppeling_id": koppeling_id,
        "from_state": state,
        "to_state": state,
        "event": CHANGE,
        "actor": actor,
        "reason": reason,
        "changed": list(fields),
    }
    await connection.execute(_IN_ORDER)
    await connection.execute(insert(koppeling_event).values(row))


async def last_moved_at(connection: AsyncConnection, koppeling_id: UUID) -> datetime:
    """When a koppeling came into the state that it has."""
    statement = (
        select(_event.at)
        .where(_event.koppeling_id == koppeling_id, _event.changed.is_(None))
        .order_by(_event.id.desc())
        .limit(1)
    )
    moment: datetime = (await connection.execute(statement)).scalar_one()
    return moment


async def find_events(
    connection: AsyncConnection, koppeling_id: UUID, after: UUID | None, limit: int
) -> list[StoredEvent]:
    """What happened to a koppeling, oldest first, `limit` after a given event."""
    statement = select(*_SHOWN).where(_event.koppeling_id == koppeling_id)
    if after is not None:
        statement = statement.where(_event.id > after)
    rows = await connection.execute(statement.order_by(_event.id).limit(limit))
    return [StoredEvent(**row) for row in rows.mappings()]


async def find_feed(
    connection: AsyncConnection, only_product: str | None, after: int, limit: int
) -> list[FeedEvent]:
    """What happened to all koppelingen that a caller may see, `limit` after a position.

    What is committed later comes at a later position.
    """
    statement: Select[tuple[object, ...]] = (
        select(*_SHOWN, _event.position, koppeling.c.id.label("koppeling_id"))
        .add_columns(koppeling.c.school_id, koppeling.c.product)
        .join(koppeling, koppeling.c.id == _event.koppeling_id)
        .where(_event.position > after)
    )
    if only_product is not None:
        statement = statement.where(koppeling.c.product == only_product)
    rows = await connection.execute(statement.order_by(_event.position).limit(limit))
    return [FeedEvent(**row) for row in rows.mappings()]
