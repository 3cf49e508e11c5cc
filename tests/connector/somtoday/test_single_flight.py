"""However many processes need a token, Somtoday is asked once per expiry."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.local.programs import inherited
from services.connector.settings import ConnectorSettings
from services.connector.somtoday import oauth
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.open import open_somtoday
from services.sandbox.app import create_app
from services.sandbox.settings import Settings
from shared.clock import today
from shared.crypto import SecretBox
from tests.connector.kurve import SECRET
from tests.fixtures.http import http_client, serving
from tests.fixtures.servers import ROOT
from tests.sandbox.connect_client import Connect

PROCESSES = ["replica"] * 2 + ["worker"] * 4
READERS = len(PROCESSES)
TOKEN_SECONDS = 2
# A token is renewed when three quarters of so short a life are over.
GOOD_SECONDS = 1.5
EXPIRIES = 2


@dataclass
class Answered:
    """When each token was asked for, and what Connect answered."""

    tokens: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


class Noting:
    """ASGI middleware that notes every answer."""

    def __init__(self, app: ASGIApp, noted: Answered) -> None:
        self._app = app
        self._noted = noted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path == "/oauth2/token":
            self._noted.tokens.append(time.monotonic())

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and path.startswith("/rest/"):
                self._noted.statuses.append(message["status"])
            await send(message)

        await self._app(scope, receive, noting)


@dataclass
class Brief:
    """A Somtoday whose tokens live shortly, with one school, and who may read it."""

    connect: Connect
    answered: Answered
    settings: ConnectorSettings
    access: Access


@pytest.fixture
async def brief(settings: Any) -> AsyncIterator[Brief]:
    wanted = Settings(
        client_id="numo", client_secret=SECRET, today=today(), token_seconds=TOKEN_SECONDS
    )
    app, answered = create_app(wanted), Answered()
    app.add_middleware(Noting, noted=answered)
    async with (
        serving(lambda _: app) as url,
        http_client(url) as client,
    ):
        connect = Connect(client)
        made = {"naam": "Waterkant 98ZA", "brin": "98ZA", "pupils": 20}
        assert (await client.post("/sandbox/schools", json=made)).status_code == 201
        dates = {name: str(today() + timedelta(days=days)) for name, days in PERIOD.items()}
        assert (await connect.create("98ZA", **dates)).status_code == 201
        there: dict[str, Any] = {
            "somtoday_api_url": f"{url}/rest/v1",
            "somtoday_token_url": f"{url}/oauth2/token",
            # So short a life leaves no time to wait for a turn.
            "somtoday_calls_per_second": 1000,
        }
        organisation = UUID(app.state.sandbox.plans["98ZA"].uuid)
        access = Access("numo", "numo", SecretStr(SECRET), organisation)
        yield Brief(connect, answered, settings(**there), access)


PERIOD = {"begindatum": -30, "einddatum": 30}


def environment(settings: ConnectorSettings) -> dict[str, str]:
    found = inherited()
    for name, value in settings:
        if value is not None:
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            found[f"CONNECTOR_{name}".upper()] = text
    return found


async def test_two_replicas_and_four_workers_ask_for_one_token_per_expiry(brief: Brief) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.connector.somtoday.readers"),
        *(str(brief.access.organisation_id), SECRET, *PROCESSES),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=environment(brief.settings),
    )
    try:
        async with asyncio.timeout(60):
            while len(brief.answered.tokens) < 1 + EXPIRIES:
                await asyncio.sleep(0.02)
            told, _ = await process.communicate(b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    asked = brief.answered.tokens
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert min(gaps) >= GOOD_SECONDS
    assert process.returncode == 0
    done = [line.split() for line in told.decode().splitlines()]
    assert sorted(role for role, _ in done) == PROCESSES
    assert all(int(reads) >= EXPIRIES for _, reads in done)
    assert set(brief.answered.statuses) == {200}


@asynccontextmanager
async def opened(brief: Brief, count: int) -> AsyncIterator[list[SomtodayClient]]:
    """Clients with connections of their own."""
    async with AsyncExitStack() as stack:
        box = SecretBox(brief.settings.encryption_keys)
        yield [
            await stack.enter_async_context(open_somtoday(brief.settings, box))
            for _ in range(count)
        ]


async def test_a_holder_that_died_is_outlived_and_one_takes_its_place(brief: Brief) -> None:
    async with (
        opened(brief, READERS) as clients,
        Redis.from_url(brief.settings.redis_url.get_secret_value()) as redis,
    ):
        lock = f"{clients[0]._tokens._key(brief.access)}:lock"
        await redis.set(lock, "somebody who is no more", px=400)
        began = time.monotonic()
        await asyncio.gather(*(client.vestigingen(brief.access) for client in clients))
    (asked,) = brief.answered.tokens
    assert asked - began >= 0.3


async def test_nobody_but_its_holder_lets_go_of_a_lock(brief: Brief) -> None:
    slow = {"match": "oauth2/token", "kind": "latency", "seconds": 0.3}
    await brief.connect.faults(slow)
    async with (
        opened(brief, 1) as (client,),
        Redis.from_url(brief.settings.redis_url.get_secret_value()) as redis,
    ):
        lock = f"{client._tokens._key(brief.access)}:lock"
        reading = asyncio.create_task(client.vestigingen(brief.access))
        while not await redis.exists(lock):
            await asyncio.sleep(0.01)
        await redis.set(lock, "another", px=60_000)
        await reading
        assert await redis.get(lock) == b"another"


async def test_a_late_refusal_does_not_take_away_the_newer_token(brief: Brief) -> None:
    async with opened(brief, 1) as (client,):
        tokens: oauth.TokenStore = client._tokens
        old = await tokens.token(brief.access)
        await tokens.drop(brief.access, old)
        new = await tokens.token(brief.access)
        await tokens.drop(brief.access, old)
        assert await tokens.token(brief.access) == new
    assert len(brief.answered.tokens) == 2
