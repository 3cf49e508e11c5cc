"""A worker as arq runs it: jobs, their metrics, and the request id that runs through them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from arq.worker import Worker
from redis.exceptions import RedisError

from deploy.local.programs import free_port
from shared.queue import Context, JobQueue, worker_settings
from shared.settings import ServiceSettings
from shared.telemetry import current_request_id, request_context
from tests.fixtures.http import http_client
from tests.fixtures.workers import at_work

seen: list[tuple[str, str]] = []


class _Settings(ServiceSettings, env_prefix="IMPORTER_"):
    pass


async def note(_: Context, what: str) -> None:
    seen.append((what, current_request_id()))
    if what == "fail":
        msg = "as asked"
        raise ValueError(msg)


async def _nothing(_: Context) -> None:
    pass


@pytest.fixture
def settings(settings_for: Callable[..., Any]) -> _Settings:
    made: _Settings = settings_for(_Settings, worker_metrics_port=free_port())
    return made


async def _work(settings: _Settings, during: Callable[[], Awaitable[None]]) -> None:
    declared = worker_settings(
        settings, "importer", jobs=[note], crons=[], on_startup=_nothing, on_shutdown=_nothing
    )
    async with at_work(Worker(**declared, handle_signals=False)):
        await during()


async def test_a_job_runs_once_per_attempt_with_the_callers_request_id(
    settings: _Settings,
) -> None:
    queue = JobQueue(settings, "importer")
    with request_context("req-7"):
        for _ in range(3):
            await queue.enqueue("note", "one", attempt="a")
        await queue.enqueue("note", "two", attempt="b")

    async def until_done() -> None:
        while len([what for what, _ in seen if what in {"one", "two"}]) < 2:
            await asyncio.sleep(0.02)

    await asyncio.wait_for(_work(settings, until_done), 20)
    await queue.close()
    assert sorted(entry for entry in seen if entry[0] in {"one", "two"}) == [
        ("one", "req-7"),
        ("two", "req-7"),
    ]


async def test_a_workers_metrics_tell_of_jobs_that_failed(settings: _Settings) -> None:
    queue = JobQueue(settings, "importer")
    await queue.enqueue("note", "fail", attempt="c")
    counted = 'jobs_total{job="note",outcome="failed",service="importer"} 1.0'
    url = f"http://127.0.0.1:{settings.worker_metrics_port}/metrics"

    async def until_counted() -> None:
        async with http_client() as client:
            while True:
                try:
                    if counted in (await client.get(url)).text:
                        return
                except httpx.ConnectError:
                    pass
                await asyncio.sleep(0.02)

    await asyncio.wait_for(_work(settings, until_counted), 20)
    await queue.close()
    async with http_client() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_a_redis_that_is_away_loses_the_hint_and_not_the_request(
    settings_for: Callable[..., Any],
) -> None:
    away = settings_for(_Settings, redis_url=f"redis://127.0.0.1:{free_port()}/0")
    queue = JobQueue(away, "importer")
    await queue.enqueue("note", "lost", attempt="d")
    with pytest.raises(RedisError):
        await queue.ping()
    assert "lost" not in [what for what, _ in seen]
