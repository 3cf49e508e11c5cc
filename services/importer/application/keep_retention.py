"""Personal data leaves on schedule: each school once a day, in one transaction."""

import asyncio
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.compute_plan import document_of
from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.decisions import source_identity
from services.importer.domain.erasure import Ground
from services.importer.domain.retention import (
    AUDIT_DAYS,
    DEFAULT_MONTHS,
    ERASED_KEY_DAYS,
    PLAN_DAYS,
    SAID_DAYS,
    archived_before,
)
from services.importer.store.audit import write_audit
from services.importer.store.baseline_content import unpack
from services.importer.store.baselines import read_baselines
from services.importer.store.decisions import decisions_without_row, forget_decisions
from services.importer.store.erase import (
    begin_retention,
    erase_people,
    people_due,
    remove_old,
    retention_months,
    set_retention_months,
    unretained_schools,
)
from services.importer.store.roster import bump_version, lock_version
from shared.clock import now
from shared.database import Database
from shared.errors.nameless import NamelessError
from shared.telemetry import get_logger

_ACTOR = "retention"


async def keep_retention(database: Database, today: date) -> None:
    """Carry out every school's retention that was not carried out today.

    Can be killed anywhere and run again, and by several workers at once: the day is noted in
    the transaction that does the work. A school that breaks does not keep the others waiting.
    """
    async with database.transaction() as connection:
        schools = await unretained_schools(connection, today)
    for school_id in schools:
        # First those whom only what a source said last can tell, which then goes as well.
        for step in (_forget_left_out, _of_school):
            try:
                await step(database, school_id, today)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                failed = str(NamelessError(error))
                get_logger().error("retention_failed", school=str(school_id), error=failed)


async def _of_school(database: Database, school_id: UUID, today: date) -> None:
    moment = now()
    bounds: dict[str, datetime | date] = {
        "plans_before": moment - timedelta(days=PLAN_DAYS),
        "keys_before": moment - timedelta(days=ERASED_KEY_DAYS),
        "audit_before": moment - timedelta(days=AUDIT_DAYS),
        "said_before": moment - timedelta(days=SAID_DAYS),
        "today": today,
    }
    async with database.transaction(school_id) as connection:
        await lock_version(connection, school_id)
        if not await begin_retention(connection, school_id, today):
            return
        due = await people_due(
            connection, school_id, await _archived_before(connection, school_id, today)
        )
        if due:
            await erase_people(connection, school_id, due, _ACTOR, moment)
            await bump_version(connection, school_id)
            facts: dict[str, str | int] = {"ground": Ground.RETENTION, "people": len(due)}
            entry = AuditEntry(_ACTOR, AuditAction.ERASE, "people", tuple(due), facts=facts)
            await write_audit(connection, school_id, entry)
        await remove_old(connection, school_id, bounds)
    if due:
        get_logger().info("people_erased", school=str(school_id), people=len(due))


async def _archived_before(connection: AsyncConnection, school_id: UUID, today: date) -> datetime:
    return archived_before(today, await _months(connection, school_id))


async def _months(connection: AsyncConnection, school_id: UUID) -> int:
    months = await retention_months(connection, school_id)
    return DEFAULT_MONTHS if months is None else months


async def _forget_left_out(database: Database, school_id: UUID, today: date) -> None:
    """Who was left out of Numo is kept no longer than who was in it; while a source has them, is.

    Else the decision on them would be asked for again.
    """
    async with database.transaction(school_id) as connection:
        before = await _archived_before(connection, school_id, today)
        old = await decisions_without_row(connection, school_id, before)
        if not old:
            return
        said: set[str | None] = set()
        for baseline in await read_baselines(connection, school_id):
            records = (await asyncio.to_thread(unpack, baseline.content)).records
            said |= set(map(source_identity, document_of(records).people))
        gone = [decision_id for decision_id, identity in old.items() if identity not in said]
        await forget_decisions(connection, gone, _ACTOR, now())


async def read_retention(database: Database, school_id: UUID) -> int:
    """Months after the schooljaar of leaving that the school keeps people."""
    async with database.transaction(school_id) as connection:
        return await _months(connection, school_id)


async def change_retention(database: Database, school_id: UUID, caller: str, months: int) -> None:
    """Keep people for so many months from now on; it is carried out the next day."""
    async with database.transaction(school_id) as connection:
        await set_retention_months(connection, school_id, months, caller, now())
