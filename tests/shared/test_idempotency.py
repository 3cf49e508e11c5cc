import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import first_answer
from shared.ids import new_id
from tests.fixtures.servers import LocalUrls


@pytest.fixture
async def database(urls: LocalUrls) -> AsyncIterator[Database]:
    url = urls.importer.replace("postgresql://", "postgresql+psycopg://")
    made = Database(SecretStr(url), pool_size=20)
    yield made
    await made.close()


class Counting:
    def __init__(self) -> None:
        self.calls = 0

    async def act(self) -> dict[str, Any]:
        self.calls += 1
        await asyncio.sleep(0.01)
        return {"number": self.calls}


async def _once(database: Database, key: str | None, request: Any, counting: Counting) -> Any:
    async with database.transaction() as connection:
        return await first_answer(
            connection,
            service="importer",
            caller="user:1",
            key=key,
            request=request,
            act=counting.act,
        )


async def test_twenty_at_once_get_the_first_answer(database: Database) -> None:
    counting, key = Counting(), str(new_id())
    answers = await asyncio.gather(*(_once(database, key, {"a": 1}, counting) for _ in range(20)))
    assert counting.calls == 1
    assert answers == [{"number": 1}] * 20


async def test_a_key_with_another_request_is_refused(database: Database) -> None:
    counting, key = Counting(), str(new_id())
    await _once(database, key, {"a": 1}, counting)
    with pytest.raises(Refusal) as caught:
        await _once(database, key, {"a": 2}, counting)
    assert caught.value.error is ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert counting.calls == 1


async def test_a_first_try_that_failed_does_not_use_up_the_key(database: Database) -> None:
    key = str(new_id())

    class Failing(Counting):
        async def act(self) -> dict[str, Any]:
            msg = "failed"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError):
        await _once(database, key, {}, Failing())
    assert await _once(database, key, {}, Counting()) == {"number": 1}


async def test_without_a_key_each_call_acts(database: Database) -> None:
    counting = Counting()
    await _once(database, None, {}, counting)
    assert await _once(database, None, {}, counting) == {"number": 2}
