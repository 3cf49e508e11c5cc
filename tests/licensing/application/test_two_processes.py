"""Two processes gather starts at the same time, and one of them dies with a statement under way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from deploy.local.processes import Processes
from deploy.local.programs import free_port
from services.licensing.settings import LicensingSettings
from shared.clock import now
from shared.database import Database
from shared.ids import new_id
from tests.fixtures.callers import settle
from tests.fixtures.environments import as_environment
from tests.fixtures.http import http_client
from tests.licensing.conftest import School

Make = Callable[[int], Awaitable[School]]
_NAMES = ("one", "other")
_HOLD = text("LOCK TABLE license_answer IN SHARE MODE")
# Those that have found the licenses to use, and come to write down the first answer.
_HELD = text("""
    SELECT pid FROM pg_locks WHERE relation = 'license_answer'::regclass AND NOT granted
""")
_CUT = text("""
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE relation = 'license_answer'::regclass AND NOT granted
""")
_Row = Sequence[Any]


@pytest.fixture(scope="module")
def both(licensing_settings: LicensingSettings) -> Iterator[tuple[Processes, dict[str, str]]]:
    """Two processes of the service on one database, and the URL of each."""
    environment = as_environment(licensing_settings, "LICENSING_")
    urls = {name: f"http://127.0.0.1:{free_port()}" for name in _NAMES}
    program = ("uvicorn", "services.licensing.app:create_app", "--factory", "--no-access-log")
    with Processes() as processes:
        for name, url in urls.items():
            port = url.rpartition(":")[2]
            processes.start(name, *program, "--port", port, environment=environment)
        for name, url in urls.items():
            processes.wait_until_ready(name, f"{url}/readyz")
        yield processes, urls


@pytest.fixture
async def at(
    both: tuple[Processes, dict[str, str]],
) -> AsyncIterator[Callable[[School, str], School]]:
    """A school as one of the processes sees it."""
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(http_client(url)) for name, url in both[1].items()
        }
        yield lambda school, name: replace(school, url=both[1][name], client=clients[name])


@asynccontextmanager
async def _writing_held(owner: Database) -> AsyncIterator[Callable[..., Awaitable[list[_Row]]]]:
    """Let no first answer be written; yields how to look at who comes to write one."""
    async with owner.transaction() as connection:
        await connection.execute(_HOLD)

        async def look(statement: Any = _HELD) -> list[_Row]:
            return list((await connection.execute(statement)).all())

        yield look


async def _people(school: School, number: int) -> list[UUID]:
    return [await school.person() for _ in range(number)]


async def test_pupils_at_two_processes_use_exactly_what_there_is(
    school_with: Make, at: Callable[[School, str], School]
) -> None:
    school = await school_with(10)
    pupils = await _people(school, 40)
    ways = [at(school, name) for name in _NAMES]
    keys = {pupil: str(new_id()) for pupil in pupils}
    moment = now().isoformat()

    async def press(pupil: UUID) -> list[httpx.Response]:
        # A pupil with a tab at each: one start, under one key.
        asked = [way.start(pupil, key=keys[pupil], started_at=moment) for way in ways]
        return list(await asyncio.gather(*asked))

    answers = await asyncio.gather(*map(press, pupils))
    assert {one.status_code == other.status_code for one, other in answers} == {True}
    assert Counter(one.status_code for one, _ in answers) == {201: 10, 409: 30}
    assert all(one.text == other.text for one, other in answers if one.status_code == 201)
    assert await school.ledger() == (10, 10)


async def test_a_process_killed_with_many_schools_in_its_statement_loses_and_doubles_none(
    school_with: Make,
    at: Callable[[School, str], School],
    both: tuple[Processes, dict[str, str]],
    owner: Database,
) -> None:
    schools = [await school_with(1) for _ in range(4)]
    pupils = [await school.person() for school in schools]
    moment = now().isoformat()

    async def press(name: str) -> list[httpx.Response | BaseException]:
        asked = [
            at(school, name).start(pupil, key="once", started_at=moment)
            for school, pupil in zip(schools, pupils, strict=True)
        ]
        return await asyncio.gather(*asked, return_exceptions=True)

    async with _writing_held(owner) as look:
        pressed = asyncio.create_task(press("one"))

        async def is_under_way() -> bool:
            return bool(await look())

        await settle(is_under_way)
        both[0].kill("one")
        lost = await pressed
    assert all(isinstance(answer, httpx.TransportError) for answer in lost)
    again = await press("other")
    both[0].restart("one")
    later = await press("one")
    for school, answer, repeat in zip(schools, again, later, strict=True):
        assert isinstance(answer, httpx.Response)
        assert isinstance(repeat, httpx.Response)
        assert (answer.status_code, repeat.text) == (201, answer.text)
        assert (answer.json()["license_used_now"], answer.json()["licenses_left"]) == (True, 0)
        assert await school.ledger() == (1, 1)


async def test_a_connection_cut_under_many_schools_is_no_pupils_trouble(
    school_with: Make, at: Callable[[School, str], School], owner: Database
) -> None:
    schools = [await school_with(1) for _ in range(4)]
    pupils = [await school.person() for school in schools]
    async with _writing_held(owner) as look:
        asked = [
            asyncio.create_task(at(school, "other").start(pupil))
            for school, pupil in zip(schools, pupils, strict=True)
        ]

        async def is_cut() -> bool:
            return bool(await look(_CUT))

        await settle(is_cut)
    for school, answer in zip(schools, await asyncio.gather(*asked), strict=True):
        assert (answer.status_code, answer.json()["license_used_now"]) == (201, True)
        assert await school.ledger() == (1, 1)
