"""A real worker in a process of its own, struck at a named point of its work.

Points hang on names that the use cases call, and on words of statements: nothing in the services
knows of them.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from typing import Any, Literal

import psycopg
from arq.worker import Worker
from sqlalchemy import event
from sqlalchemy.engine import Engine

from services.importer.jobs import SERVICE, schedule
from services.importer.settings import ImporterSettings
from services.importer.worker import build_worker
from shared.ids import new_id
from shared.queue import JobQueue, observed

# Its processes come from one that has imported everything already.
_PROCESSES = get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])
Blow = Literal["killed", "cut off"]


@dataclass(frozen=True)
class Point:
    """Before or after the nth call of a function (`module:name`), or of a statement (`sql:…`)."""

    when: Literal["before", "after"]
    where: str
    nth: int = 1


@dataclass(frozen=True)
class DyingWorker:
    """A worker on its way to its point; `struck` once it was there."""

    process: ForkServerProcess
    struck: Event


def start_dying(settings: ImporterSettings, point: Point, blow: Blow) -> DyingWorker:
    """Start a worker that is killed, or cut off from the database, when it reaches a point."""
    struck = _PROCESSES.Event()
    process = _PROCESSES.Process(target=_work, args=(settings, point, blow, struck), daemon=True)
    process.start()
    return DyingWorker(process, struck)


async def struck_down(
    settings: ImporterSettings, job: tuple[str, ...], point: Point, blow: Blow
) -> DyingWorker:
    """Give a job to a worker of its own, and wait until that is where it is struck."""
    own = settings.model_copy(update={"redis_namespace": f"test-{new_id()}"})
    queue = JobQueue(own, SERVICE)
    await queue.enqueue(*job, attempt="1")
    await queue.close()
    dying = start_dying(own, point, blow)
    assert await asyncio.to_thread(dying.struck.wait, 30), point
    if blow == "killed":
        await asyncio.to_thread(dying.process.join, 30)
        assert dying.process.exitcode == -signal.SIGKILL
    return dying


def _work(settings: ImporterSettings, point: Point, blow: Blow, struck: Event) -> None:
    os.environ["PGAPPNAME"] = settings.redis_namespace
    url = settings.database_url.get_secret_value().replace("+psycopg", "")

    def strike() -> None:
        struck.set()
        if blow == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        with psycopg.connect(url, application_name="cutter") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name=%s",
                [settings.redis_namespace],
            )

    _arm(point, strike)
    # The sweeper of another worker is to find what this one leaves; it looks at nights when told.
    made = build_worker(settings)
    jobs = [*made["functions"], observed(SERVICE, schedule)]
    Worker(**{**made, "functions": jobs, "cron_jobs": [], "poll_delay": 0.02}).run()


def _arm(point: Point, strike: Callable[[], None]) -> None:
    met = 0

    def at(when: str) -> None:
        nonlocal met
        if when == point.when:
            met += 1
            if met == point.nth:
                strike()

    owner, _, name = point.where.partition(":")
    if owner == "sql":
        _hear_statements(name, at)
    else:
        _watch_calls(f"services.importer.{owner}", name, at)


def _hear_statements(words: str, at: Callable[[str], None]) -> None:
    def hearing(when: str) -> Callable[..., None]:
        def heard(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if words in statement:
                at(when)

        return heard

    event.listen(Engine, "before_cursor_execute", hearing("before"))
    event.listen(Engine, "after_cursor_execute", hearing("after"))


def _watch_calls(module_name: str, name: str, at: Callable[[str], None]) -> None:
    module = import_module(module_name)
    original = getattr(module, name)

    async def watched(*args: Any, **kwargs: Any) -> Any:
        at("before")
        result = await original(*args, **kwargs)
        at("after")
        return result

    setattr(module, name, watched)
