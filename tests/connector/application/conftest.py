from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.inbox import Mailbox
from shared.database import Database
from tests.connector.conftest import NewKurve
from tests.connector.kurve import Kurve

LookAt = Callable[[str], Awaitable[dict[str, Any]]]


@pytest.fixture
async def alone(new_kurve: NewKurve, owner: Database) -> AsyncIterator[Kurve]:
    """A connector whose queue, mails and koppelingen in any state are this test's own."""
    async with owner.transaction() as connection:
        await connection.execute(text("UPDATE koppeling SET verify_due_at = NULL, state = 'ended'"))
        mine = "service = 'connector' AND topic LIKE 'mail.%' AND done_at IS NULL"
        await connection.execute(
            text(f"UPDATE outbox SET done_at = now(), dead_at = NULL WHERE {mine}")
        )
    async with new_kurve() as kurve:
        yield kurve


@pytest.fixture
async def inbox(alone: Kurve, new_inbox: Any) -> AsyncIterator[Mailbox]:
    """The mail server of that connector."""
    async with new_inbox(alone.settings) as box:
        yield box


@pytest.fixture
def outbox_of(owner: Database) -> LookAt:
    """The one outbox row of a koppeling that the connector itself carries out."""

    async def look(koppeling: str) -> dict[str, Any]:
        statement = text("SELECT * FROM outbox WHERE subject_id = :id AND service = 'connector'")
        async with owner.transaction() as connection:
            rows = await connection.execute(statement, {"id": koppeling})
            return dict(rows.mappings().one())

    return look


@pytest.fixture
def make_due(owner: Database) -> Callable[[str], Awaitable[None]]:
    """Let the time pass that a koppeling's mails and verification wait for."""

    async def pass_time(koppeling: str) -> None:
        async with owner.transaction() as connection:
            for statement in (
                "UPDATE outbox SET due_at = now() WHERE subject_id = :id",
                "UPDATE koppeling SET verify_due_at = now() WHERE id = :id",
            ):
                await connection.execute(text(statement), {"id": koppeling})

    return pass_time
