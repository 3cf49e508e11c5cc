"""What licensing's worker does; each job only calls its use case."""

from dataclasses import dataclass

from services.licensing.application import check_ledger as checks
from services.licensing.application import keep_log as logs
from services.licensing.application import tell_changes as telling
from services.licensing.settings import LicensingSettings
from shared.clock import now
from shared.database import Database
from shared.outbox import drain
from shared.outbox.drain import OutboxEntry
from shared.queue import Context

PARTS = "parts"


@dataclass(frozen=True)
class WorkerParts:
    """What jobs work with; opened when the worker starts."""

    settings: LicensingSettings
    database: Database


async def tell_changes(ctx: Context) -> None:
    """Write events of what the ledger says."""
    parts: WorkerParts = ctx[PARTS]
    await telling.tell_changes(parts.database)


async def nightly(ctx: Context) -> None:
    """Keep the months of the log, and prove the ledger, when this night has not been."""
    parts: WorkerParts = ctx[PARTS]
    if await checks.check_ledger(parts.database, now()) is not None:
        await logs.keep_log(parts.database, now(), parts.settings.log_months)


async def drain_outbox(ctx: Context) -> None:
    """Carry out what the outbox holds."""
    parts: WorkerParts = ctx[PARTS]
    handlers = dict.fromkeys(telling.TOPICS, _nobody_listens)
    await drain.drain_outbox(parts.database, telling.SERVICE, handlers)


async def _nobody_listens(_: OutboxEntry) -> None:
    """An event that nobody asked for is delivered."""
