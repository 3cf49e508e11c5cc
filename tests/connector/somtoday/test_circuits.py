"""Who keeps failing is left alone, then tried once, then trusted again."""

import asyncio
import time
from typing import Any

import pytest
from prometheus_client import REGISTRY, generate_latest

from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import SourceUnavailableError
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.open import open_somtoday
from shared.crypto import SecretBox
from tests.connector.conftest import Somtoday
from tests.connector.kurve import School
from tests.connector.somtoday.conftest import access_for
from tests.fixtures.callers import settle

OPEN_SECONDS = 0.6
AT_ONCE = 4
DOWN = {"kind": "status", "status": 503}
SITES = {**DOWN, "match": "connect/vestiging$"}


@pytest.fixture
async def client(settings: Any) -> Any:
    wanted = settings(
        somtoday_attempts=1,
        somtoday_circuit_failures=3,
        somtoday_circuit_organisations=2,
        somtoday_circuit_seconds=OPEN_SECONDS,
        somtoday_concurrency=AT_ONCE,
    )
    async with open_somtoday(wanted, SecretBox(wanted.encryption_keys)) as opened:
        yield opened


@pytest.fixture
async def schools(add_school: Any, somtoday: Somtoday) -> list[School]:
    made = [await add_school(), await add_school(), await add_school()]
    for school in made:
        await somtoday.open(school)
    return made


async def read(client: SomtodayClient, school: School) -> bool:
    try:
        return len(await client.vestigingen(access_for(school))) == 1
    except SourceUnavailableError:
        return False


async def test_an_organisation_that_keeps_failing_is_left_alone_and_others_are_not(
    client: SomtodayClient, schools: list[School], somtoday: Somtoday
) -> None:
    one, other, _ = schools
    assert await read(client, one)
    await somtoday.connect.faults({**SITES, "times": 3})
    assert [await read(client, one) for _ in range(6)] == [False] * 6
    # Three reached Somtoday; the fault is spent, and still nobody asks for this organisation.
    assert await somtoday.struck() == [3]
    assert await read(client, other)
    await asyncio.sleep(OPEN_SECONDS)
    assert [await read(client, one) for _ in range(2)] == [True, True]


async def test_when_several_organisations_fail_nobody_is_asked_anything(
    client: SomtodayClient, schools: list[School], somtoday: Somtoday
) -> None:
    for school in schools:
        assert await read(client, school)
    await somtoday.connect.faults(DOWN)
    assert [await read(client, school) for school in schools * 3] == [False] * 9
    assert await somtoday.struck() == [2]


async def test_half_open_one_call_tries_and_its_failure_closes_the_door_again(
    client: SomtodayClient, schools: list[School], somtoday: Somtoday
) -> None:
    await somtoday.connect.faults(DOWN)
    for school in schools:
        assert not await read(client, school)
    await asyncio.sleep(OPEN_SECONDS)
    await somtoday.connect.faults(DOWN)
    tried = await asyncio.gather(*(read(client, school) for school in schools * 3))
    assert not any(tried)
    assert await somtoday.struck() == [1]
    await somtoday.connect.faults()
    await asyncio.sleep(OPEN_SECONDS)
    assert await read(client, schools[2])
    assert all([await read(client, school) for school in schools])


def open_now(scope: str) -> float:
    return REGISTRY.get_sample_value("somtoday_circuits_open", {"scope": scope}) or 0.0


async def test_in_a_storm_of_429_one_school_is_left_alone_and_comes_back_by_itself(
    client: SomtodayClient, schools: list[School], somtoday: Somtoday
) -> None:
    one, other, _ = schools
    storm = {"match": one.sites[0]["uuid"], "kind": "rate_limit", "retry_after": 1}

    async def rights(school: School) -> bool:
        site = school.sites[0]["uuid"]
        try:
            await client.rights(access_for(school), site, Kind.LEERLING)
        except SourceUnavailableError:
            return False
        return True

    assert all([await rights(one), await rights(other)])
    await somtoday.connect.faults(storm)
    began = time.monotonic()
    answered = await asyncio.gather(*(rights(one) for _ in range(40)))
    # As many as were under way when the third failure was known, and the pause that was asked for.
    assert not any(answered)
    assert sum(await somtoday.struck()) <= 2 * AT_ONCE
    assert open_now("organisation") >= 1
    assert await rights(other)
    assert time.monotonic() - began >= 1
    await somtoday.connect.faults()
    await settle(lambda: rights(one), seconds=10)
    assert all(await asyncio.gather(*(rights(one) for _ in range(10))))


async def test_a_storm_of_429_over_all_schools_stops_every_call_until_it_is_over(
    client: SomtodayClient, schools: list[School], somtoday: Somtoday
) -> None:
    for school in schools:
        assert await read(client, school)
    await somtoday.connect.faults({"match": SITES["match"], "kind": "rate_limit", "retry_after": 1})
    answered = await asyncio.gather(*(read(client, school) for school in schools * 15))
    assert not any(answered)
    assert sum(await somtoday.struck()) <= 2 * AT_ONCE
    assert open_now("somtoday") >= 1
    await somtoday.connect.faults()
    await settle(lambda: read(client, schools[2]), seconds=10)
    await settle(lambda: read(client, schools[0]), seconds=10)
    exposed = generate_latest().decode()
    assert 'somtoday_circuits_open{scope="organisation"}' in exposed
    assert not any(school.organisation in exposed for school in schools)


async def test_a_refusal_is_an_answer_and_opens_nothing(
    client: SomtodayClient, schools: list[School], somtoday: Somtoday
) -> None:
    one = schools[0]
    await somtoday.connect.faults({**DOWN, "status": 400, "match": "oauth2/token"})
    for _ in range(6):
        with pytest.raises(Exception, match="token: 400"):
            await client.vestigingen(access_for(one))
    assert await somtoday.struck() == [6]
