"""What one service tells another: written with its cause, and only by whom it is about."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from shared.database import Database
from shared.ids import new_id
from shared.outbox.drain import OutboxEntry, drain_outbox
from shared.outbox.publish import KOPPELING_MOVED, SUBSCRIBERS, publish
from tests.fixtures.servers import LocalUrls

SERVICES = ("connector", "importer", "licensing")
INSERT = text("""
    INSERT INTO outbox (id, service, written_by, topic, subject_id)
    VALUES (:id, :service, :written_by, :topic, :id)
""")


@pytest.fixture(scope="module")
async def databases(urls: LocalUrls) -> AsyncIterator[dict[str, Database]]:
    """The database with the role of each service."""
    made = {
        service: Database(
            SecretStr(getattr(urls, service).replace("postgresql://", "postgresql+psycopg://")), 2
        )
        for service in SERVICES
    }
    yield made
    for database in made.values():
        await database.close()


async def _insert(database: Database, service: str, written_by: str | None, topic: str) -> None:
    row = {"id": new_id(), "service": service, "written_by": written_by, "topic": topic}
    async with database.transaction() as connection:
        await connection.execute(INSERT, row)


async def test_every_subscriber_hears_of_it_with_its_cause_or_nobody_does(
    databases: dict[str, Database], owner: Database
) -> None:
    subject, undone = new_id(), new_id()
    async with databases["connector"].transaction() as connection:
        await publish(connection, "connector", KOPPELING_MOVED, subject, {"to": "ended"})
    with pytest.raises(RuntimeError, match="undone"):
        async with databases["connector"].transaction() as connection:
            await publish(connection, "connector", KOPPELING_MOVED, undone, {})
            msg = "undone"
            raise RuntimeError(msg)
    statement = text("SELECT service, written_by, topic, facts FROM outbox WHERE subject_id = :id")
    async with owner.transaction() as connection:
        rows = await connection.execute(statement, {"id": subject})
        told = [("importer", "connector", KOPPELING_MOVED, {"to": "ended"})]
        assert [tuple(row) for row in rows] == told
        assert (await connection.execute(statement, {"id": undone})).all() == []
    heard: list[OutboxEntry] = []

    async def hear(entry: OutboxEntry) -> None:
        heard.append(entry)

    await drain_outbox(databases["importer"], "importer", {KOPPELING_MOVED: hear})
    assert [entry.facts for entry in heard if entry.subject_id == subject] == [{"to": "ended"}]


@pytest.mark.parametrize("kind", SUBSCRIBERS)
async def test_a_kind_is_published_by_the_one_service_that_it_is_of(
    databases: dict[str, Database], kind: str
) -> None:
    publishers = []
    for service, database in databases.items():
        try:
            async with database.transaction() as connection:
                await publish(connection, service, kind, new_id(), {})
            publishers.append(service)
        except ProgrammingError as error:
            assert "row-level security" in str(error)  # noqa: PT017 - three roles, one loop
    assert len(publishers) == 1


@pytest.mark.parametrize(
    ("acting", "service", "written_by", "topic"),
    [
        ("licensing", "importer", "licensing", KOPPELING_MOVED),
        ("licensing", "importer", "connector", KOPPELING_MOVED),
        ("importer", "importer", "connector", KOPPELING_MOVED),
        ("importer", "licensing", "connector", "koppeling.other"),
        ("connector", "importer", None, KOPPELING_MOVED),
        ("connector", "importer", "connector", "mail.koppeling_active"),
        ("connector", "importer", "connector", "koppelingen"),
        ("connector", "nobody", "connector", KOPPELING_MOVED),
    ],
)
async def test_no_service_speaks_for_another(
    databases: dict[str, Database], acting: str, service: str, written_by: str | None, topic: str
) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        await _insert(databases[acting], service, written_by, topic)


async def test_what_is_ones_own_was_not_published(owner: Database) -> None:
    with pytest.raises(IntegrityError, match="written_by_another"):
        await _insert(owner, "importer", "importer", "import.x")


async def test_what_was_published_is_the_subscribers_and_stays_as_it_was_written(
    databases: dict[str, Database],
) -> None:
    subject = new_id()
    async with databases["connector"].transaction() as connection:
        await publish(connection, "connector", KOPPELING_MOVED, subject, {})
    seen = text("SELECT count(*) FROM outbox WHERE subject_id = :id")
    done = text("UPDATE outbox SET done_at = now() WHERE subject_id = :id")

    async def rows(service: str, statement: Any) -> Any:
        async with databases[service].transaction() as connection:
            return await connection.execute(statement, {"id": subject})

    for other in ("connector", "licensing"):
        assert (await rows(other, seen)).scalar_one() == 0
        assert (await rows(other, done)).rowcount == 0
    assert (await rows("importer", seen)).scalar_one() == 1
    for forged in ("facts = '{}'", "topic = 'x'", "written_by = NULL", "subject_id = id"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            await rows("importer", text(f"UPDATE outbox SET {forged} WHERE subject_id = :id"))
    with pytest.raises(ProgrammingError, match="permission denied"):
        await rows("importer", text("DELETE FROM outbox WHERE subject_id = :id"))
    assert (await rows("importer", done)).rowcount == 1
