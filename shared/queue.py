"""Job queues on Redis (arq): the only place that enqueues, and how a worker is declared.

A queue holds ids only and may be lost at any time: Postgres is the truth, and each service's
sweeper enqueues again what the queue forgot.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from arq.cron import CronJob, cron
from prometheus_client import start_http_server
from redis.exceptions import RedisError

from shared.errors.nameless import NamelessError
from shared.settings import ServiceSettings
from shared.telemetry import (
    JOBS,
    configure_logging,
    current_request_id,
    get_logger,
    request_context,
)

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

Context = dict[str, Any]
Job = Callable[..., Awaitable[None]]
_JOB_SECONDS = 1800
_JOBS_AT_ONCE = 8
_WORKER_RETRIES = 5
_METRICS = "metrics_server"


def _redis(settings: ServiceSettings, *, retries: int) -> RedisSettings:
    found = RedisSettings.from_dsn(settings.redis_url.get_secret_value())
    found.conn_retries = retries
    return found


def queue_name(settings: ServiceSettings, service: str) -> str:
    """The queue of one service's worker."""
    return f"{settings.redis_namespace}:{service}:queue"


class JobQueue:
    """Where a service puts jobs for its own worker."""

    def __init__(self, settings: ServiceSettings, service: str) -> None:
        """Prepare; Redis is reached with the first job."""
        self._settings = settings
        self._name = queue_name(settings, service)
        self._pool: ArqRedis | None = None
        self._connecting = asyncio.Lock()

    async def enqueue(self, job: str, *ids: str, attempt: str) -> None:
        """Ask for a job, once per `attempt` (a key the caller makes unique for it).

        A Redis that is away is only logged: the sweeper asks again.
        """
        try:
            pool = await self._connected()
            await pool.enqueue_job(
                job,
                *ids,
                request_id=current_request_id(),
                _job_id=f"{self._name}:{attempt}",
                _queue_name=self._name,
            )
        except (RedisError, OSError) as error:
            get_logger().warning("enqueue_failed", job=job, error=type(error).__name__)

    async def ping(self) -> None:
        """Raise when Redis does not answer."""
        await (await self._connected()).ping()

    async def close(self) -> None:
        """Close the connection."""
        if self._pool is not None:
            # arq made the connection pool, so redis-py would leave it open.
            await self._pool.aclose(close_connection_pool=True)

    async def _connected(self) -> ArqRedis:
        async with self._connecting:
            if self._pool is None:
                # No second try: a caller is waiting, and the sweeper asks again anyway.
                self._pool = await create_pool(_redis(self._settings, retries=0))
            return self._pool


def observed(service: str, job: Job) -> Job:
    """A job that runs with its request's id, and leaves a log line and a metric.

    What it raises is NamelessError.
    """
    name = job.__name__

    async def run(ctx: Context, *ids: str, request_id: str | None = None) -> None:
        with request_context(request_id, service=service, job=name):
            began = time.perf_counter()
            try:
                await job(ctx, *ids)
            except Exception as error:  # noqa: BLE001 - whatever it is, its text stays here
                failed = NamelessError(error)
                JOBS.labels(service, name, "failed").inc()
                get_logger().error("job_failed", error=str(failed))
                raise failed from None
            JOBS.labels(service, name, "done").inc()
            # What nobody asked for (a sweep every few seconds) would drown what somebody did.
            tell = get_logger().info if ids else get_logger().debug
            tell("job_done", milliseconds=round((time.perf_counter() - began) * 1000, 1))

    run.__name__ = run.__qualname__ = name
    return run


def every(seconds: int, settings: ServiceSettings, service: str, job: Job) -> CronJob:
    """Run a job when the worker starts, and at every so many seconds of a minute."""
    # The name becomes a Redis key that all queues share: without the queue's name in it, the
    # sweep of one service would count as the sweep of another.
    name = f"{queue_name(settings, service)}:{job.__name__}"
    coroutine = cast("WorkerCoroutine", observed(service, job))
    return cron(coroutine, name=name, second=set(range(0, 60, seconds)), run_at_startup=True)


def worker_settings(
    settings: ServiceSettings,
    service: str,
    *,
    jobs: Sequence[Job],
    crons: Sequence[CronJob],
    jobs_at_once: int = _JOBS_AT_ONCE,
    on_startup: Callable[[Context], Awaitable[None]],
    on_shutdown: Callable[[Context], Awaitable[None]],
) -> dict[str, Any]:
    """What `arq` needs to run a service's worker."""
    configure_logging(service, settings.log_level)

    async def start(ctx: Context) -> None:
        if settings.worker_metrics_port is not None:
            ctx[_METRICS], _ = start_http_server(settings.worker_metrics_port)
        await on_startup(ctx)
        get_logger().info("worker_started")

    async def stop(ctx: Context) -> None:
        await on_shutdown(ctx)
        if _METRICS in ctx:
            ctx[_METRICS].shutdown()
            ctx[_METRICS].server_close()
        get_logger().info("worker_stopped")

    return {
        "functions": [observed(service, job) for job in jobs],
        "cron_jobs": list(crons),
        "on_startup": start,
        "on_shutdown": stop,
        "redis_settings": _redis(settings, retries=_WORKER_RETRIES),
        "queue_name": queue_name(settings, service),
        "health_check_key": f"{queue_name(settings, service)}:health",
        "health_check_interval": 5,
        "max_jobs": jobs_at_once,
        "job_timeout": _JOB_SECONDS,
        # Every state lives in Postgres; a kept result would only block asking again.
        "keep_result": 0,
        "max_tries": 1,
        "poll_delay": 0.1,
    }
