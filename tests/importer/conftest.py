"""The importer over real HTTP, with a source that says what each test wants."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

import pytest

from services.importer.app import build
from services.importer.settings import ImporterSettings
from tests.fixtures.callers import Issuer
from tests.fixtures.http import http_client, serving
from tests.fixtures.servers import LocalUrls
from tests.importer.desk import Desk
from tests.importer.running import importer_settings, worker_here
from tests.importer.source import RosterSource


@dataclass
class Served:
    """The importer's app, its settings, and the source that it reads from."""

    url: str
    settings: ImporterSettings
    source: RosterSource


@pytest.fixture(scope="module")
async def source() -> AsyncIterator[tuple[str, RosterSource]]:
    made = RosterSource()
    async with serving(lambda _: made.app()) as url:
        yield url, made
        for answer in made.answers.values():
            answer.goes_on.set()


@pytest.fixture(scope="module")
async def served(
    urls: LocalUrls, issuer: Issuer, source: tuple[str, RosterSource]
) -> AsyncIterator[Served]:
    """The app without a worker."""
    settings = importer_settings(urls, issuer, source[0])
    async with serving(lambda _: build(settings)) as url:
        yield Served(url, settings, source[1])


@pytest.fixture(scope="module")
async def importer(served: Served) -> AsyncIterator[Served]:
    """The app with its worker, while the tests of one file run."""
    async with worker_here(served.settings):
        yield served


@pytest.fixture
async def desk_at(
    issuer: Issuer, new_school: Callable[..., Awaitable[UUID]]
) -> AsyncIterator[Callable[[Served], Awaitable[Desk]]]:
    """Make a school with an administrator."""
    async with AsyncExitStack() as stack:

        async def make(served: Served) -> Desk:
            school_id = await new_school()
            headers = await issuer.headers(school=school_id)
            client = http_client(served.url, headers)
            return Desk(school_id, await stack.enter_async_context(client), served.source)

        yield make


@pytest.fixture
async def desk(importer: Served, desk_at: Callable[[Served], Awaitable[Desk]]) -> Desk:
    """A school whose imports a worker carries out."""
    return await desk_at(importer)
