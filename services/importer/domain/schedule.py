"""When a school's import begins by itself: a window of the night, and days on which none does.

A night is named by the Dutch calendar day on which its window opens. By the clock on the wall
nothing begins outside the window, also in the nights in which the clock is set.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import takewhile
from uuid import UUID

from shared.clock import AMSTERDAM

# With one hour less of it in spring, there is still an hour.
LEAST_WINDOW = timedelta(hours=2)
# How far ahead a night is looked for: no school leaves out more than a year.
_MOST_NIGHTS = 400
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days in the Netherlands, the last one included, and what they are for."""

    first: date
    last: date
    label: str

    def holds(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a school set: the window in Dutch local time, and what happens without anybody.

    `opens` later than `closes` crosses midnight. Toevoegen and bijwerken are automatic,
    archiveren only when asked for; on days of `additions_only` only toevoegen is.
    """

    is_on: bool = False
    opens: time = time(1)
    closes: time = time(5)
    archives: bool = False
    blackouts: tuple[Days, ...] = ()
    additions_only: tuple[Days, ...] = ()


class Waits(StrEnum):
    """What keeps a night that is due from its import."""

    IMPORT_RUNNING = "import_running"
    PLAN_WAITS = "plan_waits"
    KOPPELING_OVER = "koppeling_over"


@dataclass(frozen=True, slots=True)
class KeptSchedule:
    """A school's schedule as it is kept; revision 0 where the school set none.

    The worker looks at `look_at`: also at the end of a dark night, which then is noted.
    """

    schedule: Schedule
    revision: int = 0
    look_at: datetime | None = None
    waits_because: Waits | None = None


def window_length(opens: time, closes: time) -> timedelta:
    """How long a window is in a night in which the clock is not set; equal times make none."""
    first, last = (datetime.combine(date.min, at) for at in (opens, closes))
    return (last - first) % _DAY


def window(schedule: Schedule, night: date) -> tuple[datetime, datetime]:
    """From when until when (exclusive) an import may begin in a night, in UTC."""
    crosses = schedule.closes <= schedule.opens
    # Of an hour that autumn has twice, the later opens and the earlier closes.
    opens = _moment(night, schedule.opens, fold=1)
    return opens, _moment(night + _DAY if crosses else night, schedule.closes, fold=0)


def planned_at(schedule: Schedule, school_id: UUID, night: date) -> datetime:
    """The minute of a night at which a school's import begins, in UTC.

    Each school has its own, by a hash of its id, so that they do not all press at once; and in
    the first half of the window, so that a worker that is away for a while still finds room.
    """
    opens, closes = window(schedule, night)
    minutes = (closes - opens) // (2 * _MINUTE)
    spread = int.from_bytes(sha256(school_id.bytes).digest()[:8])
    return opens + _MINUTE * (spread % minutes)


def due(
    schedule: Schedule, school_id: UUID, last_night: date | None, moment: datetime
) -> date | None:
    """The night whose import is to begin now, if any; `last_night` is the last that had one.

    At most once a night, never outside the window, never on a blackout day, and until the window
    closes whenever somebody looks.
    """
    if not schedule.is_on:
        return None
    today = moment.astimezone(AMSTERDAM).date()
    for night in (today, today - _DAY):
        _, closes = window(schedule, night)
        is_time = planned_at(schedule, school_id, night) <= moment < closes
        if is_time and (last_night is None or night > last_night):
            return None if _any(schedule.blackouts, night, today) else night
    return None


def next_look(
    schedule: Schedule, school_id: UUID, last_night: date | None, moment: datetime
) -> datetime | None:
    """When the worker is to look next, in UTC; in the past while a night is due.

    Of a dark night only once it is over: until then the school may let it begin after all.
    """
    if not schedule.is_on:
        return None
    ahead = _nights(moment.astimezone(AMSTERDAM).date() - _DAY)
    night = next(
        night
        for night in ahead
        if window(schedule, night)[1] > moment and (last_night is None or night > last_night)
    )
    planned = planned_at(schedule, school_id, night)
    return window(schedule, night)[1] if _dark(schedule, night, planned) else planned


def gone_by(
    schedule: Schedule,
    school_id: UUID,
    last_night: date | None,
    look_at: datetime,
    moment: datetime,
) -> list[tuple[date, Days | None]]:
    """The nights that are over and have no row yet, oldest first, and why one was dark.

    From the one at which the worker was to look, `look_at`; of more than a year, that year.
    """
    nights = takewhile(
        lambda night: window(schedule, night)[1] <= moment, _nights(night_of(schedule, look_at))
    )
    return [
        (night, _dark(schedule, night, planned_at(schedule, school_id, night)))
        for night in nights
        if last_night is None or night > last_night
    ]


def next_planned(
    schedule: Schedule, school_id: UUID, last_night: date | None, moment: datetime
) -> datetime | None:
    """When an import begins next, in UTC; in the past while one is due; None when none will."""
    if not schedule.is_on:
        return None
    for night in _nights(moment.astimezone(AMSTERDAM).date() - _DAY):
        planned = planned_at(schedule, school_id, night)
        is_over = window(schedule, night)[1] <= moment
        is_done = last_night is not None and night <= last_night
        if not is_over and not is_done and not _dark(schedule, night, planned):
            return planned
    return None


def night_of(schedule: Schedule, moment: datetime) -> date:
    """The night whose window holds a moment, or ends at it; the day's own where none does."""
    today = moment.astimezone(AMSTERDAM).date()
    if window(schedule, today)[0] <= moment:
        return today
    opens, closes = window(schedule, today - _DAY)
    return today - _DAY if opens <= moment <= closes else today


def only_adds(schedule: Schedule, night: date, moment: datetime) -> bool:
    """Whether only toevoegen is automatic, in this night at this moment."""
    return _any(schedule.additions_only, night, moment.astimezone(AMSTERDAM).date())


def _any(ranges: Sequence[Days], *days: date) -> bool:
    return _first(ranges, *days) is not None


def _dark(schedule: Schedule, night: date, planned: datetime) -> Days | None:
    return _first(schedule.blackouts, night, planned.astimezone(AMSTERDAM).date())


def _first(ranges: Sequence[Days], *days: date) -> Days | None:
    return next((one for one in ranges for day in days if one.holds(day)), None)


def _nights(first: date) -> Iterator[date]:
    return (first + _DAY * number for number in range(_MOST_NIGHTS))


def _moment(day: date, at: time, *, fold: int) -> datetime:
    wall = datetime.combine(day, at)
    moment = wall.replace(tzinfo=AMSTERDAM, fold=fold).astimezone(UTC)
    if moment.astimezone(AMSTERDAM).replace(tzinfo=None) == wall:
        return moment
    # Spring skips this hour, at 01:00 UTC (Directive 2000/84/EC, art. 2).
    return moment.replace(hour=1, minute=0)
