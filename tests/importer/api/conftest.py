"""Schools with nights: of imports that begin by themselves, and of proofs."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.importer.app import build
from shared.database import Database
from tests.fixtures.callers import Issuer
from tests.fixtures.http import serving
from tests.fixtures.servers import LocalUrls
from tests.importer.conftest import Served
from tests.importer.desk import Desk
from tests.importer.nights import Nights
from tests.importer.proofs import Night
from tests.importer.running import importer_settings, worker_here
from tests.importer.source import RosterSource


@pytest.fixture(scope="module")
async def own_database(served: Served) -> AsyncIterator[Database]:
    made = Database(served.settings.database_url, 4)
    yield made
    await made.close()


@pytest.fixture
def night(desk: Desk, own_database: Database, owner: Database) -> Night:
    return Night(desk, own_database, owner)


@pytest.fixture(scope="module")
async def night_server(
    urls: LocalUrls, issuer: Issuer, source: tuple[str, RosterSource]
) -> AsyncIterator[Served]:
    settings = importer_settings(urls, issuer, source[0], schedule_seconds=1)
    async with serving(lambda _: build(settings)) as url, worker_here(settings):
        yield Served(url, settings, source[1])


@pytest.fixture
async def nights(
    night_server: Served, desk_at: Callable[[Served], Awaitable[Desk]], owner: Database
) -> AsyncIterator[Nights]:
    made = Nights(await desk_at(night_server), night_server, owner)
    yield made
    await made.close()
