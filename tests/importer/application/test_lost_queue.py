"""Redis may be lost at any time; a run that breaks every worker is given up."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import UUID

import pytest
import redis
from pydantic import SecretStr
from sqlalchemy import text

from deploy.local.redis import embedded_redis
from services.importer.app import build
from services.importer.application.sweep import sweep_imports
from services.importer.settings import ImporterSettings
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.queue import JobQueue
from tests.fixtures.callers import Issuer, settle
from tests.fixtures.http import serving
from tests.fixtures.servers import LocalUrls
from tests.importer.conftest import Served
from tests.importer.desk import Desk
from tests.importer.rosters import ANNA, H3A, document, first_week
from tests.importer.running import importer_settings, worker_here
from tests.importer.source import Answer, RosterSource

NewDesk = Callable[[Served], Awaitable[Desk]]


@pytest.fixture(scope="module")
def own_redis() -> Iterator[str]:
    """A Redis that may be emptied: no other test uses it."""
    with embedded_redis() as url:
        yield url


@pytest.fixture(scope="module")
async def on_own_redis(
    urls: LocalUrls, issuer: Issuer, source: tuple[str, RosterSource], own_redis: str
) -> AsyncIterator[Served]:
    settings = importer_settings(
        urls,
        issuer,
        source[0],
        lease_seconds=0.5,
        most_claims=2,
        redis_url=SecretStr(own_redis),
    )
    async with serving(lambda _: build(settings)) as url:
        yield Served(url, settings, source[1])


def _forget_everything(settings: ImporterSettings) -> int:
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        forgotten = len(list(client.scan_iter()))
        client.flushall()
        return forgotten


async def test_what_the_queue_forgot_is_queued_again(
    on_own_redis: Served, desk_at: NewDesk
) -> None:
    desk = await desk_at(on_own_redis)
    desk.says(first_week())
    run_id = await desk.begin()
    assert _forget_everything(on_own_redis.settings) > 0
    async with worker_here(on_own_redis.settings):
        planned = await desk.rested(run_id)
    assert planned["state"] == "planned"
    assert (await desk.verder(planned)).status_code == 202
    assert _forget_everything(on_own_redis.settings) > 0
    async with worker_here(on_own_redis.settings):
        applied = await desk.rested(run_id)
    assert applied["state"] == "applied"
    assert len(await desk.people()) == 4


async def test_what_a_worker_died_of_is_queued_anew_though_the_queue_still_holds_its_job(
    on_own_redis: Served, desk_at: NewDesk, owner: Database
) -> None:
    settings = on_own_redis.settings
    desk = await desk_at(on_own_redis)
    desk.says(first_week())
    run_id = await desk.begin()
    lapse = text("UPDATE import_run SET lease_until = now() - interval '1 s' WHERE id = :id")
    queue, database = JobQueue(settings, "importer"), Database(settings.database_url, 1)
    for _ in range(2):
        async with owner.transaction(desk.school_id) as connection:
            await connection.execute(lapse, {"id": UUID(run_id)})
        await sweep_imports(database, queue, 60, 9)
    for opened in (queue, database):
        await opened.close()
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        jobs = [key for key in client.scan_iter() if f":{run_id}:".encode() in key]
    assert len([key for key in jobs if key.startswith(b"arq:job:")]) == 3


async def test_redis_emptied_in_mid_import_loses_nothing(
    on_own_redis: Served, desk_at: NewDesk
) -> None:
    desk = await desk_at(on_own_redis)
    answer = desk.says(first_week())
    answer.stalls_after = 9
    run_id = await desk.begin()

    async def staged() -> bool:
        return bool((await desk.look(run_id))["progress"]["done"])

    async with worker_here(on_own_redis.settings):
        await settle(staged)
        assert _forget_everything(on_own_redis.settings) > 0
        answer.goes_on.set()
        assert (await desk.apply(await desk.rested(run_id)))["state"] == "applied"
        assert len(await desk.people()) == 4
        assert await desk.changes((await desk.plan(first_week()))["id"]) == []


async def test_an_import_begins_while_redis_is_away(on_own_redis: Served, desk_at: NewDesk) -> None:
    with embedded_redis() as gone:
        pass
    away = on_own_redis.settings.model_copy(update={"redis_url": SecretStr(gone)})
    async with serving(lambda _: build(away)) as url:
        desk = await desk_at(Served(url, away, on_own_redis.source))
        desk.says(first_week())
        run_id = await desk.begin()
        async with worker_here(on_own_redis.settings):
            assert (await desk.rested(run_id))["state"] == "planned"


async def test_a_run_that_breaks_every_worker_is_given_up(
    on_own_redis: Served, desk_at: NewDesk, owner: Database
) -> None:
    desk = await desk_at(on_own_redis)
    poison = Answer(document([ANNA, H3A], schooljaar="not a year"))
    desk.source.say(desk.school_id, poison)
    run_id = await desk.begin()
    async with worker_here(on_own_redis.settings):
        planned = await desk.rested(run_id)
        failed = await desk.apply(planned)
        assert failed["state"] == "failed"
        assert failed["problem"] == ErrorCode.INTERNAL_ERROR.code
        assert failed["problem_detail"] == ErrorCode.INTERNAL_ERROR.value.detail
        claims = text("SELECT claims FROM import_run WHERE id = :id")
        left = text("SELECT count(*) FROM import_change WHERE run_id = :id")
        async with owner.transaction(desk.school_id) as connection:
            assert (await connection.execute(claims, {"id": UUID(run_id)})).scalar() == 2
            names = (await connection.execute(left, {"id": UUID(run_id)})).scalar()
            assert names == 0, "who was in it is in it no more"
        assert (await desk.bring(first_week()))["state"] == "applied", "the school can go on"


async def test_a_job_that_hangs_is_cut_off_and_its_run_is_given_up(
    on_own_redis: Served, desk_at: NewDesk, owner: Database
) -> None:
    desk = await desk_at(on_own_redis)
    silent = desk.says(first_week())
    silent.stalls_after = 3
    run_id = await desk.begin()
    once = on_own_redis.settings.model_copy(update={"most_claims": 1, "lease_seconds": 60.0})
    async with worker_here(once, job_seconds=0.5):
        failed = await desk.rested(run_id)
    assert (failed["state"], failed["problem"]) == ("failed", ErrorCode.INTERNAL_ERROR.code)
    silent.goes_on.set()
    error = text("SELECT last_error FROM import_run WHERE id = :id")
    async with owner.transaction(desk.school_id) as connection:
        why = (await connection.execute(error, {"id": UUID(run_id)})).scalar()
        assert why == "CancelledError", "so ops know that nobody died"
    async with worker_here(on_own_redis.settings):
        assert (await desk.bring(first_week()))["state"] == "applied", "the school can go on"
