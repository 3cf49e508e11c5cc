"""The connector's worker: arq services.connector.worker.WorkerSettings."""

from contextlib import AsyncExitStack
from typing import Any

from services.connector import jobs
from services.connector.application.verify_koppeling import Verifier
from services.connector.application.write_mails import SERVICE
from services.connector.settings import ConnectorSettings
from services.connector.somtoday.open import open_somtoday
from shared.crypto import SecretBox
from shared.database import Database
from shared.mail.send import Mailer
from shared.queue import Context, JobQueue, every, worker_settings
from shared.settings import load_settings

# Mails that time makes due may be a minute late; each look reads every koppeling that may be.
_TELL_SECONDS = 60
# A verification mostly waits. While some write what they saw, others must keep the calls to
# Somtoday at their pace, so there are twice as many as there are calls under way.
_JOBS_AT_ONCE = 16


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Build WorkerSettings when arq asks for it, so that an import has no side effects."""
    if name == "WorkerSettings":
        return build(load_settings(ConnectorSettings))
    raise AttributeError(name)


def build(settings: ConnectorSettings) -> dict[str, Any]:
    """What arq needs to run the worker."""

    async def start(ctx: Context) -> None:
        stack = ctx["stack"] = AsyncExitStack()
        ctx["parts"] = await _open(stack, settings)

    async def stop(ctx: Context) -> None:
        stack: AsyncExitStack = ctx["stack"]
        await stack.aclose()

    return worker_settings(
        settings,
        SERVICE,
        jobs=[jobs.verify_koppeling, jobs.drain_outbox],
        crons=[
            every(settings.sweep_seconds, settings, SERVICE, jobs.sweep),
            every(_TELL_SECONDS, settings, SERVICE, jobs.tell),
            every(settings.drain_seconds, settings, SERVICE, jobs.drain_outbox),
        ],
        jobs_at_once=_JOBS_AT_ONCE,
        on_startup=start,
        on_shutdown=stop,
    )


async def _open(stack: AsyncExitStack, settings: ConnectorSettings) -> jobs.WorkerParts:
    database = Database(settings.database_url, settings.database_pool_size)
    stack.push_async_callback(database.close)
    queue = JobQueue(settings, SERVICE)
    stack.push_async_callback(queue.close)
    box = SecretBox(settings.encryption_keys)
    somtoday = await stack.enter_async_context(open_somtoday(settings, box))
    verifier = Verifier(database, queue, somtoday, box, settings)
    return jobs.WorkerParts(verifier, Mailer(settings))
