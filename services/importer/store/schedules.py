"""Schedules and nights: SQL."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.night import Night, NightOutcome, PastNight
from services.importer.domain.schedule import Days, KeptSchedule, Schedule, Waits
from services.importer.store.leases import start_sweeping
from services.importer.store.run_table import import_run
from services.importer.store.schedule_tables import import_night, import_schedule
from shared.clock import now

_schedule = import_schedule.c
_night = import_night.c
_DUE = text("SELECT school_id FROM import_schedule WHERE next_at <= :now ORDER BY next_at")
# A run that is busy needs nobody: the night goes on when it rests.
_RESTING = text("""
    SELECT n.school_id, n.id FROM import_night n JOIN import_run r ON r.id = n.run_id
    WHERE n.outcome IS NULL AND r.state NOT IN ('requested', 'fetching', 'applying')
    ORDER BY n.id
""")


async def due_schools(connection: AsyncConnection, moment: datetime) -> list[UUID]:
    """Schools, of all, that the worker is to look at now."""
    await start_sweeping(connection)
    return list((await connection.execute(_DUE, {"now": moment})).scalars())


async def resting_nights(connection: AsyncConnection) -> list[tuple[UUID, UUID]]:
    """School and id of every night that is under way and whose import no worker has."""
    await start_sweeping(connection)
    return [(row[0], row[1]) for row in await connection.execute(_RESTING)]


async def find_schedule(
    connection: AsyncConnection, school_id: UUID, *, lock: bool = False
) -> KeptSchedule:
    """A school's schedule; the default, which is off, where it set none."""
    statement = select(import_schedule).where(_schedule.school_id == school_id)
    if lock:
        statement = statement.with_for_update()
    row = (await connection.execute(statement)).mappings().one_or_none()
    if row is None:
        return KeptSchedule(Schedule())
    schedule = Schedule(
        row["is_on"],
        row["opens"],
        row["closes"],
        row["archives"],
        _days_of(row["blackouts"]),
        _days_of(row["additions_only"]),
    )
    waits = None if row["waits_because"] is None else Waits(row["waits_because"])
    return KeptSchedule(schedule, row["revision"], row["next_at"], waits)


def _days_of(found: list[list[str]]) -> tuple[Days, ...]:
    return tuple(
        Days(date.fromisoformat(first), date.fromisoformat(last), label)
        for first, last, label in found
    )


def _as_json(days: tuple[Days, ...]) -> list[list[str]]:
    return [[one.first.isoformat(), one.last.isoformat(), one.label] for one in days]


async def save_schedule(
    connection: AsyncConnection,
    school_id: UUID,
    schedule: Schedule,
    caller: str,
    look_at: datetime | None,
) -> None:
    """Put a schedule in the place of the one before."""
    values: dict[str, Any] = {
        "is_on": schedule.is_on,
        "opens": schedule.opens,
        "closes": schedule.closes,
        "archives": schedule.archives,
        "blackouts": _as_json(schedule.blackouts),
        "additions_only": _as_json(schedule.additions_only),
        "next_at": look_at,
        "waits_because": None,
        "changed_by": caller,
        "changed_at": now(),
    }
    statement = insert(import_schedule).values(school_id=school_id, **values)
    changed = {**values, "revision": _schedule.revision + 1}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["school_id"], set_=changed)
    )


async def save_look(
    connection: AsyncConnection,
    school_id: UUID,
    look_at: datetime | None,
    waits_because: Waits | None = None,
) -> None:
    """Say when the worker is to look at the school next, and what keeps the night that is due."""
    statement = update(import_schedule).where(_schedule.school_id == school_id)
    values = {"next_at": look_at, "waits_because": waits_because}
    await connection.execute(statement.values(values))


async def last_night(connection: AsyncConnection, school_id: UUID) -> date | None:
    """The last night of a school that has a row."""
    statement = select(_night.night).where(_night.school_id == school_id)
    return (await connection.execute(statement.order_by(_night.night.desc()).limit(1))).scalar()


async def has_night(connection: AsyncConnection, run_id: UUID) -> bool:
    """Whether an import began by itself, or was taken on by a night."""
    statement = select(_night.id).where(_night.run_id == run_id).limit(1)
    return (await connection.execute(statement)).one_or_none() is not None


async def insert_nights(connection: AsyncConnection, nights: Sequence[Night]) -> None:
    """Note nights, oldest first.

    Raises:
        IntegrityError: the school has a row of one, so nothing of this transaction stays.

    """
    await connection.execute(insert(import_night), [vars(night) for night in nights])


async def find_night(connection: AsyncConnection, night_id: UUID) -> Night | None:
    """A night that is under way, locked; None once it ended."""
    statement = select(import_night).where(_night.id == night_id, _night.outcome.is_(None))
    row = (await connection.execute(statement.with_for_update())).mappings().one_or_none()
    return None if row is None else _as_night(row)


async def note_night(connection: AsyncConnection, night_id: UUID, note: str) -> None:
    """Say of a night that is under way what somebody will want to know of it."""
    await connection.execute(update(import_night).where(_night.id == night_id).values(note=note))


async def end_night(connection: AsyncConnection, night_id: UUID, values: Mapping[str, Any]) -> bool:
    """Note how a night ended; False when that was noted before."""
    statement = update(import_night).where(_night.id == night_id, _night.outcome.is_(None))
    return (await connection.execute(statement.values(**values, ended_at=now()))).rowcount == 1


async def list_nights(
    connection: AsyncConnection, school_id: UUID, before: UUID | None, limit: int
) -> list[Night]:
    """A school's nights, newest first."""
    statement = select(import_night).where(_night.school_id == school_id)
    if before is not None:
        statement = statement.where(_night.id < before)
    rows = await connection.execute(statement.order_by(_night.id.desc()).limit(limit))
    return [_as_night(row) for row in rows.mappings()]


async def list_past(
    connection: AsyncConnection, school_id: UUID, before: UUID | None, limit: int
) -> list[PastNight]:
    """A school's nights, newest first, each with what its import found and did."""
    nights = await list_nights(connection, school_id, before, limit)
    counts = (import_run.c.id, import_run.c.summary, import_run.c.result)
    ids = [night.run_id for night in nights if night.run_id is not None]
    rows = await connection.execute(select(*counts).where(import_run.c.id.in_(ids)))
    found = {run_id: (summary, result) for run_id, summary, result in rows}
    return [PastNight(night, *found.get(night.run_id, (None, None))) for night in nights]


def _as_night(row: RowMapping) -> Night:
    outcome = None if row["outcome"] is None else NightOutcome(row["outcome"])
    return Night(**{**row, "outcome": outcome})
