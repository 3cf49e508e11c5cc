"""Write events of what the ledger says: licenses used and released, pools low, empty, overdrawn."""

from services.licensing.domain.pool_level import PoolLevel, is_news, level_of
from services.licensing.store.feed import PoolChange, note_told, read_on
from shared.database import Database
from shared.outbox.write import write_to_outbox

SERVICE = "licensing"
USED = "license.used"
RELEASED = "license.released"
GRANTED = "license.granted"
_LEVEL_TOPICS = {
    PoolLevel.LOW: "license.pool_low",
    PoolLevel.VERY_LOW: "license.pool_low",
    PoolLevel.EMPTY: "license.pool_empty",
    PoolLevel.OVERDRAWN: "license.pool_overdrawn",
}
UNBALANCED = "license.ledger_unbalanced"
TOPICS = frozenset({USED, RELEASED, GRANTED, UNBALANCED, *_LEVEL_TOPICS.values()})
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
            topics = _topics(change, level)
            for topic, count in topics.items():
                facts = _facts(change, level, count)
                await write_to_outbox(connection, SERVICE, topic, change.pool_id, facts)
            written += len(topics)
            if level != change.told_level:
                await note_told(connection, change, level)
    return written


def _topics(change: PoolChange, level: PoolLevel) -> dict[str, int]:
    """What is to be told of a pool, and how often it happened."""
    counted = {USED: change.uses, RELEASED: change.releases, GRANTED: change.grants}
    topics = {topic: count for topic, count in counted.items() if count}
    if is_news(change.told_level, level):
        topics[_LEVEL_TOPICS[level]] = 1
    return topics


def _facts(change: PoolChange, level: PoolLevel, count: int) -> dict[str, object]:
    return {
        "school_id": str(change.school_id),
        "license_product": change.license_product,
        "schooljaar": change.schooljaar,
        "count": count,
        "granted": change.granted,
        "used": change.used,
        "level": int(level),
    }
