"""Side effects that were given up: shown to ops, and tried again when they say so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import now
from shared.outbox.tables import outbox

_COLUMNS = (
    *(outbox.c.id, outbox.c.topic, outbox.c.subject_id, outbox.c.attempts, outbox.c.last_error),
    *(outbox.c.dead_at, outbox.c.done_at),
)
Subjects = Select[tuple[UUID]]


@dataclass(frozen=True)
class DeadLetter:
    """An outbox entry; `last_error` is the class of its last failure.

    `dead_at` is None for one that is tried again, and `done_at` says when that succeeded.
    """

    id: UUID
    topic: str
    subject_id: UUID
    attempts: int
    last_error: str | None
    dead_at: datetime | None
    done_at: datetime | None


async def find_dead_letters(
    connection: AsyncConnection,
    service: str,
    *,
    subjects: Subjects | None,
    after: UUID | None,
    limit: int,
) -> list[DeadLetter]:
    """What a service gave up, in the order in which it was written, `limit` after a given one.

    `subjects` limits them to entries about the rows that it selects.
    """
    statement = select(*_COLUMNS).where(*_visible(service, subjects), outbox.c.dead_at.is_not(None))
    if after is not None:
        statement = statement.where(outbox.c.id > after)
    rows = await connection.execute(statement.order_by(outbox.c.id).limit(limit))
    return [DeadLetter(**row) for row in rows.mappings()]


async def retry_dead_letter(
    connection: AsyncConnection, service: str, entry_id: UUID, *, subjects: Subjects | None
) -> DeadLetter | None:
    """Make an entry due again, with all its attempts, if it was given up; else leave it as it is.

    None when there is no such entry.
    """
    mine = (outbox.c.id == entry_id, *_visible(service, subjects))
    again = {"dead_at": None, "due_at": now(), "attempts": 0}
    await connection.execute(
        update(outbox).where(*mine, outbox.c.dead_at.is_not(None)).values(again)
    )
    row = (await connection.execute(select(*_COLUMNS).where(*mine))).mappings().one_or_none()
    return None if row is None else DeadLetter(**row)


def _visible(service: str, subjects: Subjects | None) -> list[ColumnElement[Any]]:
    own: list[ColumnElement[Any]] = [outbox.c.service == service]
    return own if subjects is None else [*own, outbox.c.subject_id.in_(subjects)]
