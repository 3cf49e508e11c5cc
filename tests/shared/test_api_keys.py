from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.auth.api_keys import (
    caller_of_key,
    create_api_key,
    list_api_keys,
    revoke_api_key,
)
from shared.clock import now
from shared.database import Database
from tests.fixtures.servers import LocalUrls


@pytest.fixture
async def licensing(urls: LocalUrls) -> AsyncIterator[Database]:
    url = urls.licensing.replace("postgresql://", "postgresql+psycopg://")
    database = Database(SecretStr(url))
    yield database
    await database.close()


async def _row(urls: LocalUrls, name: str) -> dict[str, Any]:
    return next(key for key in await list_api_keys(urls.owner) if key["name"] == name)


async def test_a_key_works_until_it_is_revoked(urls: LocalUrls, licensing: Database) -> None:
    secret = await create_api_key(urls.owner, name="revoke-me", scopes=["ops"])
    caller = await caller_of_key(licensing, secret)
    assert caller is not None
    assert caller.scopes == {"ops"}
    assert await caller_of_key(licensing, secret + "x") is None
    row = await _row(urls, "revoke-me")
    assert row["last_used_at"] is not None
    assert await revoke_api_key(urls.owner, row["id"])
    assert not await revoke_api_key(urls.owner, row["id"])
    assert await caller_of_key(licensing, secret) is None


async def test_an_expired_key_is_unknown(urls: LocalUrls, licensing: Database) -> None:
    past = now() - timedelta(seconds=1)
    secret = await create_api_key(urls.owner, name="old", scopes=["ops"], expires_at=past)
    assert await caller_of_key(licensing, secret) is None


async def test_only_the_hash_is_stored_and_a_service_cannot_read_even_that(
    urls: LocalUrls, owner: Database, licensing: Database
) -> None:
    secret = await create_api_key(urls.owner, name="hashed", scopes=["ops"])
    async with owner.transaction() as connection:
        rows = (await connection.execute(text("SELECT k::text FROM api_key k"))).scalars().all()
    assert rows
    assert not any(secret in row or secret[4:] in row for row in rows)
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with licensing.transaction() as connection:
            await connection.execute(text("SELECT * FROM api_key"))


async def test_a_scope_that_does_not_exist_is_refused(urls: LocalUrls) -> None:
    with pytest.raises(ValueError, match="everything"):
        await create_api_key(urls.owner, name="x", scopes=["everything"])
