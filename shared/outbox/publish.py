"""Tell other services what happened, in the same transaction as what happened.

Each subscriber gets an outbox row of its own, which its own worker carries out: with the retries
and dead letters of every other side effect, and without knowing whether the publisher is up. It
comes at least once and in any order, so a handler must take a repeat, and what was overtaken.
The database lets a service publish only kinds that begin with a noun of its own.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.ids import new_id
from shared.outbox.tables import outbox

KOPPELING_MOVED = "koppeling.moved"
PERSON_MERGED = "roster.person_merged"
KOPPELING_END_REMINDED = "roster.koppeling_end_reminded"
IMPORT_NIGHT_STOPPED = "roster.import_night_stopped"
# Who hears of what. A subscriber is rolled out with its handler before it is named here.
SUBSCRIBERS: Mapping[str, tuple[str, ...]] = {
    KOPPELING_MOVED: ("importer",),
    PERSON_MERGED: ("licensing",),
    KOPPELING_END_REMINDED: ("connector",),
    IMPORT_NIGHT_STOPPED: ("connector",),
}


async def publish(
    connection: AsyncConnection,
    publisher: str,
    kind: str,
    subject_id: UUID,
    facts: Mapping[str, Any],
) -> None:
    """Have every subscriber of a kind of event hear of it; `facts` holds no personal data."""
    rows = [
        {
            "id": new_id(),
            "service": subscriber,
            "written_by": publisher,
            "topic": kind,
            "subject_id": subject_id,
            "facts": dict(facts),
        }
        for subscriber in SUBSCRIBERS[kind]
    ]
    if rows:
        await connection.execute(insert(outbox), rows)
