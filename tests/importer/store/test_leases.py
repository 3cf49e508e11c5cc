"""One worker has a run, and who lost it can do nothing with it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import text

from services.importer.domain.run import PREPARING, RunState
from services.importer.store.leases import claim, extend, is_held, release, requeue_lost
from services.importer.store.runs import move_run
from shared.database import Database
from shared.ids import new_id
from tests.importer.store.conftest import NewRun

STATES = [state.value for state in PREPARING]
_LAPSE = text("UPDATE import_run SET lease_until = now() - interval '1 second' WHERE id = :id")
_LEFT = text("""
    SELECT lease_until - now() > interval '30 seconds', last_error FROM import_run WHERE id = :id
""")


@pytest.fixture
async def school_id(new_school: Callable[[], Awaitable[UUID]]) -> UUID:
    return await new_school()


@pytest.fixture
async def run_id(school_id: UUID, new_run: NewRun) -> UUID:
    return await new_run(school_id)


async def test_a_held_run_cannot_be_claimed_by_another(
    database: Database, school_id: UUID, run_id: UUID
) -> None:
    first, second = new_id(), new_id()
    async with database.transaction(school_id) as connection:
        assert await claim(connection, run_id, first, STATES, 60)
        assert not await claim(connection, run_id, second, STATES, 60)
        assert await is_held(connection, run_id, first)
        assert not await is_held(connection, run_id, second)
        assert await extend(connection, run_id, first, 60)
        assert not await extend(connection, run_id, second, 60)


async def test_a_lapsed_run_goes_to_another_and_the_first_is_fenced_off(
    database: Database, school_id: UUID, run_id: UUID
) -> None:
    first, second = new_id(), new_id()
    async with database.transaction(school_id) as connection:
        assert await claim(connection, run_id, first, STATES, 60)
        await connection.execute(_LAPSE, {"id": run_id})
        assert await claim(connection, run_id, second, STATES, 60)
        assert not await is_held(connection, run_id, first)
        assert not await extend(connection, run_id, first, 60)
        await release(connection, run_id, first)
        assert not await claim(connection, run_id, first, STATES, 60), "it released nothing"


async def test_who_goes_on_keeps_a_lease_and_nothing_of_who_had_the_run_before(
    database: Database, school_id: UUID, run_id: UUID
) -> None:
    first, second = new_id(), new_id()
    async with database.transaction(school_id) as connection:
        assert await claim(connection, run_id, first, STATES, 1)
        await release(connection, run_id, first, "DataError")
        assert tuple((await connection.execute(_LEFT, {"id": run_id})).one()) == (
            False,
            "DataError",
        )
    async with database.transaction(school_id) as connection:
        await connection.execute(_LAPSE, {"id": run_id})
        assert await claim(connection, run_id, second, STATES, 1)
        assert await extend(connection, run_id, second, 60)
        assert tuple((await connection.execute(_LEFT, {"id": run_id})).one()) == (True, None)


async def test_who_works_on_what_was_cancelled_has_lost_it_but_not_who_ended_it(
    database: Database, school_id: UUID, run_id: UUID
) -> None:
    token = new_id()
    plan = {"digest": "x", "roster_version": 0, "summary": {}}
    async with database.transaction(school_id) as connection:
        assert await claim(connection, run_id, token, STATES, 60)
        assert await move_run(connection, run_id, RunState.PLANNED, plan)
        assert await extend(connection, run_id, token, 60)
        assert not await is_held(connection, run_id, token)
        assert await move_run(connection, run_id, RunState.CANCELLED, {})
        assert not await extend(connection, run_id, token, 60)


async def test_the_sweeper_takes_only_what_lapsed_and_fences_its_worker_off(
    database: Database, school_id: UUID, run_id: UUID
) -> None:
    token = new_id()
    async with database.transaction(school_id) as connection:
        assert await claim(connection, run_id, token, STATES, 60)
    async with database.transaction() as connection:
        assert run_id not in {run.id for run in await requeue_lost(connection, 60)}
    async with database.transaction(school_id) as connection:
        await release(connection, run_id, token)
    async with database.transaction() as connection:
        (lost,) = [run for run in await requeue_lost(connection, 60) if run.id == run_id]
        assert (lost.school_id, lost.state, lost.attempt) == (school_id, "fetching", 1)
        assert lost.claims == 1
    async with database.transaction(school_id) as connection:
        assert not await is_held(connection, run_id, token)
        assert await claim(connection, run_id, new_id(), STATES, 60)


async def test_a_run_that_is_not_to_be_worked_on_cannot_be_claimed(
    database: Database, school_id: UUID, run_id: UUID
) -> None:
    async with database.transaction(school_id) as connection:
        assert not await claim(connection, run_id, new_id(), ["applying"], 60)
        assert not await claim(connection, new_id(), new_id(), STATES, 60)
