"""Write events of what the ledger says: licenses used and released, pools low, empty, overdrawn."""

from services.licensing.domain.event import Event
from services.licensing.domain.pool_level import PoolLevel, is_news, level_of
from services.licensing.store.feed import PoolChange, note_told, read_on
from shared.clock import now
from shared.database import Database
from shared.outbox.write import write_to_outbox

SERVICE = "licensing"
_LEVEL_EVENTS = {
    PoolLevel.LOW: Event.POOL_LOW,
    PoolLevel.VERY_LOW: Event.POOL_LOW,
    PoolLevel.EMPTY: Event.POOL_EMPTY,
    PoolLevel.OVERDRAWN: Event.POOL_OVERDRAWN,
}
_READER = "events"


async def tell_changes(database: Database) -> int:
    """Write the events of everything since the last look, each once; returns how many.

    One event tells all that was used in a pool since the last look: the pupils who start wait for
    none of this, and whoever listens is not called for each of them.
    """
    written = 0
    async with database.transaction() as connection:
        for change in await read_on(connection, _READER):
            level = level_of(change.granted, change.used)
            events = _events(change, level)
            for event, count in events.items():
                facts = _facts(change, level, count)
                await write_to_outbox(connection, SERVICE, event, change.pool_id, facts)
            written += len(events)
            if level != change.told_level:
                await note_told(connection, change, level)
    return written


def _events(change: PoolChange, level: PoolLevel) -> dict[Event, int]:
    """What is to be told of a pool, and how often it happened."""
    counted = {
        Event.USED: change.uses,
        Event.RELEASED: change.releases,
        Event.GRANTED: change.grants,
    }
    events = {event: count for event, count in counted.items() if count}
    if is_news(change.told_level, level):
        events[_LEVEL_EVENTS[level]] = 1
    return events


def _facts(change: PoolChange, level: PoolLevel, count: int) -> dict[str, object]:
    return {
        "at": now().isoformat(),
        "school_id": str(change.school_id),
        "license_product": change.license_product,
        "schooljaar": change.schooljaar,
        "count": count,
        "granted": change.granted,
        "used": change.used,
        "level": int(level),
    }
