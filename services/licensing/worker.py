"""Licensing's worker: `arq services.licensing.worker.WorkerSettings`."""

from typing import Any

from services.licensing.application.tell_changes import SERVICE
from services.licensing.jobs import PARTS, WorkerParts, drain_outbox, nightly, tell_changes
from services.licensing.settings import LicensingSettings
from shared.crypto import SecretBox
from shared.database import Database
from shared.mail.send import Mailer
from shared.queue import Context, every, worker_settings
from shared.settings import load_settings
from shared.untrusted_url import OutsideClient

# Asks only whether this night has been; it may be a minute late.
_NIGHTLY_SECONDS = 60


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562: whatever is asked for
    # Made when arq asks for it, so that importing this module reads no settings.
    if name == "WorkerSettings":
        return build_worker(load_settings(LicensingSettings))
    raise AttributeError(name)


def build_worker(settings: LicensingSettings) -> dict[str, Any]:
    """What arq needs to run a worker with these settings."""

    async def start(ctx: Context) -> None:
        ctx[PARTS] = WorkerParts(
            settings,
            Database(settings.database_url, settings.database_pool_size),
            SecretBox(settings.encryption_keys),
            OutsideClient(insecure=settings.webhook_insecure),
            Mailer(settings),
        )

    async def stop(ctx: Context) -> None:
        parts: WorkerParts = ctx[PARTS]
        await parts.client.close()
        await parts.database.close()

    return worker_settings(
        settings,
        SERVICE,
        jobs=[drain_outbox],
        crons=[
            every(settings.tell_seconds, settings, SERVICE, tell_changes),
            every(settings.drain_seconds, settings, SERVICE, drain_outbox),
            every(_NIGHTLY_SECONDS, settings, SERVICE, nightly),
        ],
        on_startup=start,
        on_shutdown=stop,
    )
