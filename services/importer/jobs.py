"""What the importer's worker does; each job only calls its use case."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.importer.application.apply_import import apply_import as apply_plan
from services.importer.application.forget_old_files import forget_old_files
from services.importer.application.lease import LeaseLostError
from services.importer.application.prepare_import import prepare_import as prepare
from services.importer.application.stage_source import StagingRules
from services.importer.application.sweep import sweep_imports
from services.importer.settings import ImporterSettings
from services.importer.sources.connector import ConnectorSource
from shared.database import Database
from shared.queue import Context, JobQueue
from shared.telemetry import get_logger

PARTS = "parts"


@dataclass(frozen=True)
class WorkerParts:
    """What jobs work with; opened when the worker starts."""

    settings: ImporterSettings
    database: Database
    queue: JobQueue
    connector: ConnectorSource


async def prepare_import(ctx: Context, run_id: str, school_id: str) -> None:
    """Fetch, stage and compare."""
    parts: WorkerParts = ctx[PARTS]
    settings = parts.settings
    kept = timedelta(days=settings.problems_keep_days)
    rules = StagingRules(settings.lease_seconds, settings.stage_batch_lines, kept)
    try:
        await prepare(parts.database, parts.connector, rules, UUID(run_id), UUID(school_id))
    except LeaseLostError:
        get_logger().warning("lease_lost", run=run_id)


async def apply_import(ctx: Context, run_id: str, school_id: str) -> None:
    """Apply what was chosen."""
    parts: WorkerParts = ctx[PARTS]
    try:
        await apply_plan(
            parts.database, parts.settings.lease_seconds, UUID(run_id), UUID(school_id)
        )
    except LeaseLostError:
        get_logger().warning("lease_lost", run=run_id)


async def sweep(ctx: Context) -> None:
    """Find what the queue or a dead worker lost."""
    parts: WorkerParts = ctx[PARTS]
    settings = parts.settings
    await sweep_imports(parts.database, parts.queue, settings.lease_seconds, settings.most_claims)
    await forget_old_files(parts.database)
