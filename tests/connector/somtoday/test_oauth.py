import asyncio
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import (
    AccessRefusedError,
    SourceUnavailableError,
    TokenNotGivenError,
)
from services.connector.somtoday.open import open_somtoday
from shared.crypto import SecretBox
from tests.connector.conftest import Somtoday
from tests.connector.kurve import SECRET, School
from tests.connector.somtoday.conftest import access_for

TOKENS = {"match": "oauth2/token"}
COUNTED = {**TOKENS, "kind": "latency", "seconds": 0}


async def test_a_token_is_asked_once_and_used_again(
    client: SomtodayClient, access: Access, somtoday: Somtoday, school: School
) -> None:
    await somtoday.open(school)
    await somtoday.connect.faults(COUNTED)
    for _ in range(3):
        assert len(await client.vestigingen(access)) == 1
    assert await somtoday.struck() == [1]


async def test_many_at_once_ask_for_one_token(
    client: SomtodayClient, access: Access, somtoday: Somtoday, school: School
) -> None:
    await somtoday.open(school)
    await somtoday.connect.faults({**COUNTED, "seconds": 0.1})
    await asyncio.gather(*(client.vestigingen(access) for _ in range(6)))
    assert await somtoday.struck() == [1]


async def test_each_organisation_has_a_token_of_its_own(
    client: SomtodayClient, somtoday: Somtoday, add_school: Any
) -> None:
    schools = [await add_school(), await add_school()]
    for school in schools:
        await somtoday.open(school)
    await somtoday.connect.faults(COUNTED)
    for school in schools * 2:
        (found,) = await client.vestigingen(access_for(school))
        assert found.uuid == school.sites[0]["uuid"]
    assert await somtoday.struck() == [2]


async def test_another_secret_starts_afresh(
    client: SomtodayClient, access: Access, somtoday: Somtoday, school: School
) -> None:
    await somtoday.open(school)
    await client.vestigingen(access)
    with pytest.raises(TokenNotGivenError):
        await client.vestigingen(access_for(school, "een ander geheim"))
    assert len(await client.vestigingen(access)) == 1


async def test_an_expired_token_is_renewed_once(
    client: SomtodayClient, access: Access, somtoday: Somtoday, school: School
) -> None:
    await somtoday.open(school)
    await client.vestigingen(access)
    expiring = {"match": "connect/vestiging$", "kind": "expire_token", "times": 1}
    await somtoday.connect.faults(COUNTED, expiring)
    assert len(await client.vestigingen(access)) == 1
    assert await somtoday.struck() == [1, 1]


async def test_a_401_to_a_fresh_token_ends_without_a_loop(
    client: SomtodayClient, access: Access, somtoday: Somtoday, school: School
) -> None:
    await somtoday.open(school)
    refused = {"match": "connect/vestiging$", "kind": "status", "status": 401}
    await somtoday.connect.faults(COUNTED, refused)
    with pytest.raises(AccessRefusedError):
        await client.vestigingen(access)
    assert await somtoday.struck() == [2, 2]


async def test_an_unknown_organisation_gets_no_token(client: SomtodayClient) -> None:
    nobody = Access("numo", "numo", SecretStr(SECRET), UUID(int=1))
    with pytest.raises(TokenNotGivenError):
        await client.vestigingen(nobody)


async def test_an_answer_without_token_is_no_token(
    client: SomtodayClient, access: Access, somtoday: Somtoday
) -> None:
    await somtoday.connect.faults({**TOKENS, "kind": "html_maintenance"})
    with pytest.raises(SourceUnavailableError):
        await client.vestigingen(access)


async def test_a_cached_token_is_encrypted_and_does_not_outlive_its_validity(
    client: SomtodayClient,
    access: Access,
    somtoday: Somtoday,
    school: School,
    own_settings: ConnectorSettings,
) -> None:
    await somtoday.open(school)
    await client.vestigingen(access)
    async with Redis.from_url(own_settings.redis_url.get_secret_value()) as redis:
        keys = [key async for key in redis.scan_iter(f"{own_settings.redis_namespace}:*token*")]
        assert len(keys) == 1
        assert school.organisation in keys[0].decode()
        sealed = await redis.get(keys[0])
        seconds = await redis.ttl(keys[0])
    assert b"sandbox-" not in sealed
    assert SECRET.encode() not in keys[0] + sealed
    assert SecretBox(own_settings.encryption_keys).open(sealed).get_secret_value()[:8] == "sandbox-"
    assert 0 < seconds <= 3600 - 60


async def test_without_redis_somtoday_is_asked_each_time(
    settings: Any, access: Access, somtoday: Somtoday, school: School
) -> None:
    await somtoday.open(school)
    alone = settings(redis_url=SecretStr("redis://127.0.0.1:1/0"))
    await somtoday.connect.faults(COUNTED)
    async with open_somtoday(alone, SecretBox(alone.encryption_keys)) as client:
        for _ in range(2):
            assert len(await client.vestigingen(access)) == 1
    assert await somtoday.struck() == [2]
