"""Prove once a night that pools, licenses and ledger say the same, and tell when they do not."""

from datetime import datetime
from uuid import UUID

from prometheus_client import Gauge

from services.licensing.application.tell_changes import SERVICE
from services.licensing.domain.event import Event
from services.licensing.store import checks
from services.licensing.store.checks import LedgerCheck
from shared.clock import AMSTERDAM
from shared.database import Database
from shared.outbox.write import write_to_outbox
from shared.telemetry import get_logger

# Schools sleep.
_HOUR = 2
PROBLEMS = Gauge("license_ledger_problems", "Pools that the last nightly check found unbalanced")
CHECKED = Gauge("license_ledger_checked", "When the ledger was last checked (Unix time, seconds)")


async def check_ledger(database: Database, moment: datetime) -> LedgerCheck | None:
    """Check, when this day in the Netherlands has no check yet and it is past two at night."""
    there = moment.astimezone(AMSTERDAM)
    if there.hour < _HOUR:
        return None
    async with database.transaction() as connection:
        if await checks.is_checked(connection, there.date()):
            return None
        pools, entries, problems = await checks.compare(connection)
        made = await checks.note_check(
            connection, there.date(), pools=pools, entries=entries, problems=problems
        )
        if made is None:
            return None
        if problems:
            facts = {"at": moment.isoformat(), "problems": len(problems)}
            await write_to_outbox(connection, SERVICE, Event.LEDGER_UNBALANCED, made, facts)
        [found] = await checks.find_checks(connection, before=None, limit=1)
    _show(found)
    return found


async def read_checks(database: Database, *, before: UUID | None, limit: int) -> list[LedgerCheck]:
    """What the nights found, newest first."""
    async with database.transaction() as connection:
        return await checks.find_checks(connection, before=before, limit=limit)


def _show(found: LedgerCheck) -> None:
    PROBLEMS.set(len(found.problems))
    CHECKED.set(found.checked_at.timestamp())
    tell = get_logger().error if found.problems else get_logger().info
    tell("ledger_checked", pools=found.pools, entries=found.entries, problems=len(found.problems))
