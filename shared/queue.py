"""Job queues on Redis (arq): the only place that enqueues, and how a worker is declared.

A queue holds ids only and may be lost at any time: Postgres is the truth, and each service's
sweeper enqueues again what the queue forgot.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from arq.cron import CronJob
from redis.exceptions import RedisError

from shared.settings import ServiceSettings
from shared.telemetry import (
    JOBS,
    configure_logging,
    current_request_id,
    get_logger,
    request_context,
)

Context = dict[str, Any]
Job = Callable[..., Awaitable[None]]
_JOB_SECONDS = 1800
_JOBS_AT_ONCE = 8


def _redis(settings: ServiceSettings) -> RedisSettings:
    found = RedisSettings.from_dsn(settings.redis_url.get_secret_value())
    found.conn_retries = 2
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
            await self._pool.aclose()

    async def _connected(self) -> ArqRedis:
        if self._pool is None:
            self._pool = await create_pool(_redis(self._settings))
        return self._pool


def observed(service: str, job: Job) -> Job:
    """A job that runs with its request's id, and leaves a log line and a metric."""
    name = job.__name__

    async def run(ctx: Context, *ids: str, request_id: str | None = None) -> None:
        with request_context(request_id, service=service, job=name):
            try:
                await job(ctx, *ids)
            except Exception as error:
                JOBS.labels(service, name, "failed").inc()
                get_logger().error("job_failed", error=type(error).__name__)
                raise
            JOBS.labels(service, name, "done").inc()

    run.__name__ = run.__qualname__ = name
    return run


def worker_settings(
    settings: ServiceSettings,
    service: str,
    *,
    jobs: Sequence[Job],
    crons: Sequence[CronJob],
    on_startup: Callable[[Context], Awaitable[None]],
    on_shutdown: Callable[[Context], Awaitable[None]],
) -> dict[str, Any]:
    """What `arq` needs to run a service's worker."""
    configure_logging(service, settings.log_level)
    return {
        "functions": [observed(service, job) for job in jobs],
        "cron_jobs": list(crons),
        "on_startup": on_startup,
        "on_shutdown": on_shutdown,
        "redis_settings": _redis(settings),
        "queue_name": queue_name(settings, service),
        "health_check_key": f"{queue_name(settings, service)}:health",
        "health_check_interval": 5,
        "max_jobs": _JOBS_AT_ONCE,
        "job_timeout": _JOB_SECONDS,
        # Every state lives in Postgres; a kept result would only block asking again.
        "keep_result": 0,
        "max_tries": 1,
        "poll_delay": 0.1,
    }
