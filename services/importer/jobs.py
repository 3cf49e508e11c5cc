"""What the importer's worker does; each job only calls its use case."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from services.importer.application.apply_import import apply_import as apply_plan
from services.importer.application.begin_nights import BeginRules, begin_nights
from services.importer.application.continue_nights import NightRules, continue_nights
from services.importer.application.expire_plans import expire_plans
from services.importer.application.forget_old_files import forget_old_files
from services.importer.application.hear_koppeling import hear_koppeling
from services.importer.application.keep_retention import keep_retention
from services.importer.application.lease import LeaseLostError
from services.importer.application.prepare_import import prepare_import as prepare
from services.importer.application.prove_rosters import prove_rosters
from services.importer.application.remind_schools import remind_schools
from services.importer.application.stage_source import StagingRules
from services.importer.application.sweep import sweep_imports
from services.importer.settings import ImporterSettings
from services.importer.sources.connector import ConnectorSource
from shared.clock import AMSTERDAM, now, today
from shared.database import Database
from shared.outbox import drain
from shared.outbox.publish import KOPPELING_MOVED
from shared.queue import Context, JobQueue
from shared.telemetry import get_logger

PARTS = "parts"
SERVICE = "importer"


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
        seconds = parts.settings.lease_seconds
        await apply_plan(parts.database, parts.queue, seconds, UUID(run_id), UUID(school_id))
    except LeaseLostError:
        get_logger().warning("lease_lost", run=run_id)


async def retain(ctx: Context) -> None:
    """Let personal data leave on schedule."""
    parts: WorkerParts = ctx[PARTS]
    await keep_retention(parts.database, today())


async def remind(ctx: Context) -> None:
    """Have schools mailed that were asked something and did not answer."""
    parts: WorkerParts = ctx[PARTS]
    await remind_schools(parts.database, parts.settings.product, today())


async def reconcile(ctx: Context) -> None:
    """Prove each roster once a day, when the night's imports are over."""
    parts: WorkerParts = ctx[PARTS]
    if now().astimezone(AMSTERDAM).hour >= parts.settings.reconcile_from_hour:
        await prove_rosters(parts.database, today())


async def schedule(ctx: Context) -> None:
    """Begin the imports whose time has come, and carry on with those that began so."""
    parts: WorkerParts = ctx[PARTS]
    settings = parts.settings
    left_after = timedelta(hours=settings.plan_left_hours)
    begin = BeginRules(settings.lease_seconds, left_after)
    await begin_nights(parts.database, parts.queue, begin, now())
    rules = NightRules(settings.product, settings.lease_seconds, settings.absent_twice_hours)
    await continue_nights(parts.database, parts.queue, rules)


async def sweep(ctx: Context) -> None:
    """Find what the queue or a dead worker lost."""
    parts: WorkerParts = ctx[PARTS]
    settings = parts.settings
    await sweep_imports(parts.database, parts.queue, settings.lease_seconds, settings.most_claims)
    await expire_plans(parts.database, timedelta(days=settings.plan_keep_days))
    await forget_old_files(parts.database)


async def drain_outbox(ctx: Context) -> None:
    """Hear what other services published."""
    parts: WorkerParts = ctx[PARTS]
    settings = parts.settings
    koppeling = partial(
        hear_koppeling, parts.database, settings.product, settings.koppeling_end_answer_days
    )
    await drain.drain_outbox(parts.database, SERVICE, {KOPPELING_MOVED: koppeling})
