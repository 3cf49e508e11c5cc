"""Note every night that went by without an import, so that the history has no gap."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.night import night_without
from services.importer.domain.schedule import KeptSchedule, gone_by
from services.importer.store.schedules import insert_nights, last_night
from shared.telemetry import IMPORT_NIGHTS


async def note_gone(
    connection: AsyncConnection, school_id: UUID, kept: KeptSchedule, moment: datetime
) -> date | None:
    """Note the nights that are over by the schedule as it stands; returns the last with a row.

    The caller holds the schedule's row, and saves when to look next.
    """
    last = await last_night(connection, school_id)
    if kept.look_at is None:
        return last
    gone = gone_by(kept.schedule, school_id, last, kept.look_at, moment)
    if not gone:
        return last
    # Only the first was looked for: what kept it says nothing of those after it.
    whys = [kept.waits_because] + [None] * (len(gone) - 1)
    rows = [
        night_without(school_id, night, moment, dark, why)
        for (night, dark), why in zip(gone, whys, strict=True)
    ]
    await insert_nights(connection, rows)
    for row in rows:
        IMPORT_NIGHTS.labels(row.outcome).inc()
    return rows[-1].night
