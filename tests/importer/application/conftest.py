"""Workers as processes, and a way to hold one up in the middle of its work."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pydantic import SecretStr

from services.importer.app import build
from shared.database import Database
from tests.fixtures.callers import Issuer
from tests.fixtures.http import serving
from tests.fixtures.servers import LocalUrls
from tests.importer.conftest import Served
from tests.importer.desk import Desk
from tests.importer.running import importer_settings
from tests.importer.source import RosterSource


@pytest.fixture(scope="module")
async def served(
    urls: LocalUrls, issuer: Issuer, source: tuple[str, RosterSource]
) -> AsyncIterator[Served]:
    """The app without a worker; a worker that is silent for a second has lost its run."""
    settings = importer_settings(urls, issuer, source[0], lease_seconds=1.0)
    async with serving(lambda _: build(settings)) as url:
        yield Served(url, settings, source[1])


@pytest.fixture
async def desk(served: Served, desk_at: Callable[[Served], Awaitable[Desk]]) -> Desk:
    """A school; the test itself starts and stops the worker."""
    return await desk_at(served)


@pytest.fixture
async def holder(urls: LocalUrls) -> AsyncIterator[Database]:
    """Connections of the owner to hold locks with."""
    _, _, rest = urls.owner.partition("://")
    made = Database(SecretStr(f"postgresql+psycopg://{rest}"), pool_size=6)
    yield made
    await made.close()


@pytest.fixture
def undisturbed(
    served: Served, desk_at: Callable[[Served], Awaitable[Desk]]
) -> Callable[[], Awaitable[Desk]]:
    """Another school."""

    async def make() -> Desk:
        return await desk_at(served)

    return make
