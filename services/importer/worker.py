"""The importer's worker: `arq services.importer.worker.WorkerSettings`."""

from typing import Any

from services.importer.jobs import (
    PARTS,
    SERVICE,
    WorkerParts,
    apply_import,
    drain_outbox,
    prepare_import,
    reconcile,
    remind,
    retain,
    schedule,
    sweep,
)
from services.importer.settings import ImporterSettings
from services.importer.sources.connector import ConnectorSource
from shared.collector import let_schools_pass
from shared.database import Database
from shared.queue import Context, JobQueue, every, worker_settings
from shared.settings import load_settings

# Between two looks for schools whose day of retention, of proof or of a reminder has come.
_DAILY_SECONDS = 60


def build_worker(settings: ImporterSettings) -> dict[str, Any]:
    """What arq needs to run a worker with these settings."""

    async def start(ctx: Context) -> None:
        let_schools_pass()
        ctx[PARTS] = WorkerParts(
            settings,
            Database(settings.database_url, settings.database_pool_size),
            JobQueue(settings, SERVICE),
            ConnectorSource(settings.connector_url, settings.connector_api_key.get_secret_value()),
        )

    async def stop(ctx: Context) -> None:
        parts: WorkerParts = ctx[PARTS]
        await parts.connector.close()
        await parts.queue.close()
        await parts.database.close()

    return worker_settings(
        settings,
        SERVICE,
        jobs=[prepare_import, apply_import, drain_outbox],
        crons=[
            every(settings.sweep_seconds, settings, SERVICE, sweep),
            every(settings.drain_seconds, settings, SERVICE, drain_outbox),
            every(settings.schedule_seconds, settings, SERVICE, schedule),
            every(_DAILY_SECONDS, settings, SERVICE, retain),
            every(_DAILY_SECONDS, settings, SERVICE, reconcile),
            every(_DAILY_SECONDS, settings, SERVICE, remind),
        ],
        on_startup=start,
        on_shutdown=stop,
    )


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562: whatever is asked for
    # Made when arq asks for it, so that importing this module reads no settings.
    if name == "WorkerSettings":
        return build_worker(load_settings(ImporterSettings))
    raise AttributeError(name)
