"""The importer's own role on the database, and runs to hang rows on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from pydantic import SecretStr

from services.importer.domain.run import Run, RunState, Source
from services.importer.store.runs import insert_run, move_run, problem_of
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.fixtures.servers import LocalUrls

NewRun = Callable[[UUID], Awaitable[UUID]]


@pytest.fixture(scope="module")
async def database(urls: LocalUrls) -> AsyncIterator[Database]:
    """A pool with the importer's role, which row-level security holds for."""
    scheme, _, rest = urls.importer.partition("://")
    assert scheme == "postgresql"
    made = Database(SecretStr(f"postgresql+psycopg://{rest}"), pool_size=2)
    yield made
    await made.close()


@pytest.fixture(scope="module")
def new_run(database: Database) -> NewRun:
    """Begin a run of a school; the one before it is given up."""
    last: dict[UUID, UUID] = {}

    async def make(school_id: UUID) -> UUID:
        run = Run(new_id(), school_id, Source.SOMTODAY, RunState.REQUESTED, now())
        async with database.transaction(school_id) as connection:
            if school_id in last:
                given_up = problem_of(ErrorCode.INTERNAL_ERROR)
                assert await move_run(connection, last[school_id], RunState.FAILED, given_up)
            assert await insert_run(connection, run, requested_by="test", lease_until=now())
        last[school_id] = run.id
        return run.id

    return make
