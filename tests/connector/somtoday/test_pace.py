"""All processes together keep one pace, and all of them pause when Somtoday asks for it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import SourceUnavailableError
from services.connector.somtoday.open import open_somtoday
from shared.crypto import SecretBox
from tests.connector.conftest import Somtoday
from tests.connector.somtoday.stand_in import Stage, StandIn

RATE = 20
MANY = {"brin": "00AA"}


@asynccontextmanager
async def opened(wanted: ConnectorSettings, count: int) -> AsyncIterator[list[SomtodayClient]]:
    """Clients as separate processes have them: each its own connections."""
    async with AsyncExitStack() as stack:
        box = SecretBox(wanted.encryption_keys)
        yield [await stack.enter_async_context(open_somtoday(wanted, box)) for _ in range(count)]


def noted(clients: list[SomtodayClient]) -> list[float]:
    """When each call of these clients leaves; when it arrives is the network's doing."""
    left: list[float] = []

    async def note(_: httpx.Request) -> None:
        left.append(time.monotonic())

    for client in clients:
        client._caller._http.event_hooks["request"].append(note)
    return left


async def calls(client: SomtodayClient, count: int) -> None:
    await asyncio.gather(*(client.instellingen(**MANY) for _ in range(count)))


@pytest.fixture
def paced(stage: Stage) -> Callable[..., ConnectorSettings]:
    def make(**given: object) -> ConnectorSettings:
        name = f"test-pace-{time.monotonic_ns()}"
        fixed = {"somtoday_calls_per_second": RATE, "redis_namespace": name}
        patient = {"somtoday_longest_wait_seconds": 30}
        return stage.settings.model_copy(update=fixed | patient | given)

    return make


def most_in_a_second(left: list[float]) -> int:
    return max(sum(1 for other in left if at <= other < at + 1) for at in left)


async def test_six_clients_together_stay_under_the_rate(
    stage: Stage, paced: Callable[..., ConnectorSettings]
) -> None:
    stage.playing = StandIn(answer=JSONResponse({"instellingen": []}))
    async with opened(paced(), 6) as clients:
        left = noted(clients)
        await asyncio.gather(*(calls(client, 1) for client in clients))
        await asyncio.gather(*(calls(client, 7) for client in clients))
    assert len(left) == 48
    assert most_in_a_second(left) <= RATE


async def test_without_redis_a_process_keeps_the_rate_by_itself(
    stage: Stage, paced: Callable[..., ConnectorSettings]
) -> None:
    stage.playing = StandIn(answer=JSONResponse({"instellingen": []}))
    away = paced(redis_url=SecretStr("redis://127.0.0.1:1/0"))
    async with opened(away, 1) as (client,):
        left = noted([client])
        await calls(client, RATE + 5)
    assert len(left) == RATE + 5
    assert most_in_a_second(left) <= RATE


async def test_after_a_stall_no_more_calls_leave_than_may(
    stage: Stage, paced: Callable[..., ConnectorSettings]
) -> None:
    stage.playing = StandIn(answer=JSONResponse({"instellingen": []}))
    async with opened(paced(), 4) as clients:
        left = noted(clients)
        calling = asyncio.gather(*(calls(client, 10) for client in clients))
        while len(left) < RATE + 2:
            await asyncio.sleep(0.01)
        time.sleep(0.4)
        await calling
    assert len(left) == 40
    assert most_in_a_second(left) <= RATE


async def test_who_has_a_turn_already_pauses_too(
    stage: Stage, paced: Callable[..., ConnectorSettings]
) -> None:
    stage.playing = StandIn(answer=JSONResponse({"instellingen": []}))
    async with opened(paced(), 1) as (client,):
        left = noted([client])
        calling = asyncio.create_task(calls(client, RATE + 1))
        while len(left) < RATE:
            await asyncio.sleep(0.01)
        began = time.monotonic()
        await client._caller._pace.pause(1.2)
        await calling
    assert left[-1] - began >= 1.2


async def test_who_would_wait_too_long_is_refused_at_once(
    stage: Stage, paced: Callable[..., ConnectorSettings]
) -> None:
    stage.playing = StandIn(answer=JSONResponse({"instellingen": []}))
    impatient = paced(somtoday_longest_wait_seconds=0.5)
    async with opened(impatient, 6) as clients:
        left = noted(clients)
        asked = [client.instellingen(**MANY) for client in clients for _ in range(8)]
        found = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in found if isinstance(answer, SourceUnavailableError)]
    assert refused
    assert len(left) == 48 - len(refused)


async def test_one_process_has_no_more_calls_under_way_than_it_may(
    settings: Callable[..., ConnectorSettings], somtoday: Somtoday
) -> None:
    await somtoday.connect.faults({"kind": "latency", "seconds": 0.2})
    began = time.monotonic()
    async with opened(settings(somtoday_concurrency=2), 1) as (client,):
        await calls(client, 6)
    assert time.monotonic() - began >= 0.6


async def test_a_storm_of_429_makes_everybody_pause_and_then_go_on(
    settings: Callable[..., ConnectorSettings], somtoday: Somtoday
) -> None:
    async with opened(settings(), 2) as (one, other):
        await somtoday.connect.faults({"kind": "rate_limit", "retry_after": 1, "times": 1})
        began = time.monotonic()
        struck = asyncio.create_task(one.instellingen(**MANY))
        while await somtoday.struck() != [1]:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        await other.instellingen(**MANY)
        assert time.monotonic() - began >= 1
        await struck
    assert await somtoday.struck() == [1]
