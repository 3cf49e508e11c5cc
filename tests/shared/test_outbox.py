from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from shared.clock import now
from shared.database import Database
from shared.ids import new_id
from shared.outbox.drain import OutboxEntry, drain_outbox
from shared.outbox.write import write_to_outbox
from tests.fixtures.servers import LocalUrls

_DUE_NOW = text("UPDATE outbox SET due_at = now() WHERE subject_id = :id")


@pytest.fixture
async def database(urls: LocalUrls) -> AsyncIterator[Database]:
    url = urls.licensing.replace("postgresql://", "postgresql+psycopg://")
    made = Database(SecretStr(url))
    yield made
    await made.close()


async def _entry(database: Database, topic: str) -> UUID:
    subject = new_id()
    async with database.transaction() as connection:
        await write_to_outbox(connection, "licensing", topic, subject, {"state": "active"})
    return subject


async def _row(owner: Database, subject: UUID) -> Any:
    statement = text("SELECT * FROM outbox WHERE subject_id = :id")
    async with owner.transaction() as connection:
        return (await connection.execute(statement, {"id": subject})).one()


async def test_an_entry_is_carried_out_once(database: Database, owner: Database) -> None:
    seen: list[OutboxEntry] = []

    async def keep(entry: OutboxEntry) -> None:
        seen.append(entry)

    subject = await _entry(database, "keep")
    await drain_outbox(database, "licensing", {"keep": keep})
    await drain_outbox(database, "licensing", {"keep": keep})
    assert [entry.subject_id for entry in seen].count(subject) == 1
    assert (await _row(owner, subject)).done_at is not None


async def test_a_failure_is_tried_again_later_and_ends_dead(
    database: Database, owner: Database
) -> None:
    async def fail(_: OutboxEntry) -> None:
        msg = "the message must not be kept: Noor"
        raise ConnectionError(msg)

    subject = await _entry(database, "fail")
    most, waits = 108, []
    for attempt in range(1, most + 1):
        assert await drain_outbox(database, "licensing", {"fail": fail}) == 0
        row = await _row(owner, subject)
        assert (row.attempts, row.last_error, row.done_at) == (attempt, "ConnectionError", None)
        waits.append((row.due_at - now()).total_seconds())
        async with owner.transaction() as connection:
            await connection.execute(_DUE_NOW, {"id": subject})
    assert waits[0] < 3
    assert waits == sorted(waits[:11]) + waits[11:]
    assert 3500 < min(waits[11:]) <= max(waits) <= 3600
    # As long as a mail server would try (RFC 5321, section 4.5.4.1).
    assert sum(waits) > 4 * 24 * 3600
    assert row.dead_at is not None
    await drain_outbox(database, "licensing", {"fail": fail})
    assert (await _row(owner, subject)).attempts == most


async def test_nothing_is_written_when_the_change_is_undone(
    database: Database, owner: Database
) -> None:
    subject = new_id()
    with pytest.raises(RuntimeError, match="undone"):
        async with database.transaction() as connection:
            await write_to_outbox(connection, "licensing", "keep", subject)
            msg = "undone"
            raise RuntimeError(msg)
    statement = text("SELECT count(*) FROM outbox WHERE subject_id = :id")
    async with owner.transaction() as connection:
        assert (await connection.execute(statement, {"id": subject})).scalar_one() == 0


async def test_a_service_sees_only_its_own_entries(urls: LocalUrls, database: Database) -> None:
    subject = await _entry(database, "later")
    other = Database(SecretStr(urls.importer.replace("postgresql://", "postgresql+psycopg://")))
    statement = text("SELECT count(*) FROM outbox WHERE subject_id = :id")
    try:
        async with other.transaction() as connection:
            assert (await connection.execute(statement, {"id": subject})).scalar_one() == 0
        async with database.transaction() as connection:
            assert (await connection.execute(statement, {"id": subject})).scalar_one() == 1
            await connection.execute(
                text("UPDATE outbox SET done_at = now() WHERE subject_id = :id"), {"id": subject}
            )
    finally:
        await other.close()
