"""Carry out what the outbox holds: at least once, with back-off, and a dead-letter end."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text

from shared.clock import now
from shared.database import Database
from shared.telemetry import get_logger

# Longer than any handler takes (a mail: 30 s); after it another worker may try.
_LEASE = timedelta(seconds=60)
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(hours=1)
_MOST_DOUBLINGS = 12
# Four days of hourly tries, as mail servers do (RFC 5321, section 4.5.4.1).
_MOST_ATTEMPTS = 108

_CLAIM = text("""
    -- Materialized: a plan may run a subquery once a row, and then its LIMIT 1 claims many.
    WITH due AS MATERIALIZED (
        SELECT id FROM outbox
        WHERE service = :service AND due_at <= :now AND done_at IS NULL AND dead_at IS NULL
        ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE outbox SET due_at = :lease_until, attempts = attempts + 1
    FROM due WHERE outbox.id = due.id
    RETURNING outbox.id, topic, subject_id, facts, attempts
""")
_DONE = text("UPDATE outbox SET done_at = :now, last_error = NULL WHERE id = :id")
_FAILED = text("""
    UPDATE outbox SET due_at = :due_at, last_error = :error, dead_at = :dead_at WHERE id = :id
""").bindparams(bindparam("dead_at"))


@dataclass(frozen=True)
class OutboxEntry:
    """One side effect to carry out; `id` stays the same over attempts, so receivers can dedupe."""

    id: UUID
    topic: str
    subject_id: UUID
    facts: dict[str, Any]
    attempts: int


Handler = Callable[[OutboxEntry], Awaitable[None]]


async def drain_outbox(database: Database, service: str, handlers: Mapping[str, Handler]) -> int:
    """Carry out every due entry of a service; returns how many succeeded."""
    succeeded = 0
    # One at a time: a lease that covered several would end while the first are still under way.
    while (entry := await _claim(database, service)) is not None:
        succeeded += await _carry_out(database, entry, handlers)
    return succeeded


async def _claim(database: Database, service: str) -> OutboxEntry | None:
    moment = now()
    facts = {"service": service, "now": moment, "lease_until": moment + _LEASE}
    async with database.transaction() as connection:
        row = (await connection.execute(_CLAIM, facts)).mappings().one_or_none()
    return None if row is None else OutboxEntry(**row)


async def _carry_out(
    database: Database, entry: OutboxEntry, handlers: Mapping[str, Handler]
) -> bool:
    try:
        await handlers[entry.topic](entry)
    except Exception as error:  # noqa: BLE001 - any failure must end as a retry, never as a loss
        await _put_back(database, entry, type(error).__name__)
        return False
    async with database.transaction() as connection:
        await connection.execute(_DONE, {"id": entry.id, "now": now()})
    return True


async def _put_back(database: Database, entry: OutboxEntry, error: str) -> None:
    doublings = min(entry.attempts - 1, _MOST_DOUBLINGS)
    wait = min(_FIRST_WAIT * 2**doublings, _LONGEST_WAIT)
    dead = entry.attempts >= _MOST_ATTEMPTS
    get_logger().warning(
        "outbox_attempt_failed",
        topic=entry.topic,
        entry=str(entry.id),
        attempts=entry.attempts,
        error=error,
        dead=dead,
    )
    facts = {
        "id": entry.id,
        "due_at": now() + wait,
        "error": error,
        "dead_at": now() if dead else None,
    }
    async with database.transaction() as connection:
        await connection.execute(_FAILED, facts)
