"""A school's night: at most one import, in its window, whenever somebody looks."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.night import Automatic, Night, automatic
from services.importer.domain.schedule import (
    LEAST_WINDOW,
    Days,
    Schedule,
    due,
    gone_by,
    next_look,
    next_planned,
    night_of,
    only_adds,
    planned_at,
    window,
    window_length,
)
from shared.clock import AMSTERDAM

SCHOOL = UUID("01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

# Every night around those in which the clock is set comes up often.
_nights = st.one_of(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.sampled_from([day + DAY * off for day in (SPRING, AUTUMN) for off in (-1, 0)]),
)
_times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    opens, closes = draw(
        st.tuples(_times, _times).filter(lambda both: window_length(*both) >= LEAST_WINDOW)
    )
    return Schedule(is_on=True, opens=opens, closes=closes)


def at(day: date, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    """A moment by the Dutch clock."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=AMSTERDAM, fold=fold)


def is_in_window(schedule: Schedule, moment: datetime) -> bool:
    """By the clock on the wall."""
    wall = moment.astimezone(AMSTERDAM).time()
    if schedule.opens < schedule.closes:
        return schedule.opens <= wall < schedule.closes
    return wall >= schedule.opens or wall < schedule.closes


@given(schedules(), st.uuids(), _nights, st.integers(0, 48 * 60))
def test_what_is_due_lies_in_the_window_and_comes_once(
    schedule: Schedule, school_id: UUID, day: date, minutes: int
) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + MINUTE * minutes
    night = due(schedule, school_id, None, moment)
    if night is None:
        return
    assert is_in_window(schedule, moment)
    assert night == night_of(schedule, moment)
    assert due(schedule, school_id, night, moment) is None
    assert due(schedule, school_id, night - DAY, moment) == night
    local = moment.astimezone(AMSTERDAM).date()
    for dark in (night, local):
        blackout = replace(schedule, blackouts=(Days(dark, dark, "dicht"),))
        assert due(blackout, school_id, None, moment) is None


@given(schedules(), st.uuids(), _nights, st.floats(0, 0.49))
def test_a_worker_that_was_away_for_less_than_half_of_the_window_still_finds_it(
    schedule: Schedule, school_id: UUID, night: date, share: float
) -> None:
    opens, closes = window(schedule, night)
    assert closes - opens >= LEAST_WINDOW - timedelta(hours=1)
    planned = planned_at(schedule, school_id, night)
    assert opens <= planned < closes
    back = planned + (closes - opens) * share
    if back < closes:
        assert due(schedule, school_id, night - DAY, back) == night
    assert closes - planned >= (closes - opens) / 2
    assert due(schedule, school_id, night - DAY, planned - MINUTE) is None
    assert due(schedule, school_id, night - DAY, closes) is None


@given(schedules(), st.uuids(), _nights)
def test_the_next_one_is_the_first_moment_that_is_due(
    schedule: Schedule, school_id: UUID, night: date
) -> None:
    opens, closes = window(schedule, night)
    planned = planned_at(schedule, school_id, night)
    assert next_planned(schedule, school_id, night - DAY, opens) == planned
    after = next_planned(schedule, school_id, night, planned)
    assert after == planned_at(schedule, school_id, night + DAY)
    assert next_planned(schedule, school_id, None, closes) == after
    assert window(schedule, night + DAY)[0] >= closes


@given(schedules(), st.uuids(), _nights, st.integers(1, 9), st.sets(st.integers(0, 9)))
def test_each_night_that_went_by_is_noted_once_whenever_the_worker_looks(
    schedule: Schedule, school_id: UUID, first: date, away: int, dark: set[int]
) -> None:
    days = tuple(Days(first + at * DAY, first + at * DAY, str(at)) for at in dark)
    schedule = replace(schedule, blackouts=days)
    look_at = next_look(schedule, school_id, first - DAY, window(schedule, first)[0])
    assert look_at is not None
    assert night_of(schedule, look_at) == first
    back = window(schedule, first + away * DAY)[0]
    gone = gone_by(schedule, school_id, first - DAY, look_at, back)
    assert [night for night, _ in gone] == [first + at * DAY for at in range(away)]
    for night, blackout in gone:
        planned = planned_at(schedule, school_id, night)
        day = planned.astimezone(AMSTERDAM).date()
        lit = next_planned(schedule, school_id, night - DAY, planned) == planned
        assert lit == (blackout is None)
        assert blackout is None or blackout.holds(night) or blackout.holds(day)
    last = gone[-1][0]
    assert gone_by(schedule, school_id, last, look_at, back) == []
    following = next_look(schedule, school_id, last, back)
    assert following is not None
    assert following >= back, "nothing that is over is looked for again"


def test_a_dark_night_is_looked_at_when_it_is_over_and_one_that_is_due_at_once() -> None:
    night = date(2026, 11, 25)
    schedule = Schedule(is_on=True, opens=time(23), closes=time(4))
    dark = replace(schedule, blackouts=(Days(night, night, "studiedag"),))
    assert next_look(Schedule(), SCHOOL, None, at(night, 2)) is None
    assert next_look(dark, SCHOOL, night - DAY, at(night, 12)) == window(dark, night)[1]
    planned = planned_at(schedule, SCHOOL, night)
    assert next_look(schedule, SCHOOL, night - DAY, at(night + DAY, 3)) == planned


@pytest.mark.parametrize(
    ("opens", "closes", "night", "first", "last"),
    [
        ((1, 0), (5, 0), SPRING, at(SPRING, 1), at(SPRING, 5)),
        ((2, 30), (5, 0), SPRING, at(SPRING, 3), at(SPRING, 5)),
        ((0, 0), (2, 30), SPRING, at(SPRING, 0), at(SPRING, 3)),
        ((23, 0), (4, 0), SPRING - DAY, at(SPRING - DAY, 23), at(SPRING, 4)),
        ((2, 30), (5, 0), AUTUMN, at(AUTUMN, 2, 30, fold=1), at(AUTUMN, 5)),
        ((0, 0), (2, 30), AUTUMN, at(AUTUMN, 0), at(AUTUMN, 2, 30)),
        ((23, 0), (4, 0), AUTUMN - DAY, at(AUTUMN - DAY, 23), at(AUTUMN, 4)),
    ],
)
def test_nights_in_which_the_clock_is_set(
    opens: tuple[int, int],
    closes: tuple[int, int],
    night: date,
    first: datetime,
    last: datetime,
) -> None:
    schedule = Schedule(is_on=True, opens=time(*opens), closes=time(*closes))
    assert window(schedule, night) == (first.astimezone(UTC), last.astimezone(UTC))


def test_schools_are_spread_over_the_first_half_of_the_window() -> None:
    schedule, night = Schedule(is_on=True, opens=time(23), closes=time(5)), date(2026, 11, 25)
    schools = [UUID(int=number) for number in range(1000)]
    minutes = {planned_at(schedule, school, night) for school in schools}
    assert len(minutes) > 170, "of 180 minutes, hardly one without a school"
    assert max(minutes) - min(minutes) < timedelta(hours=3)
    assert minutes == {planned_at(schedule, school, night) for school in schools}


def test_off_and_dark_days_and_days_of_additions() -> None:
    night = date(2026, 11, 25)
    week = Days(night, night + 6 * DAY, "toetsweek")
    assert next_planned(Schedule(), SCHOOL, None, at(night, 2)) is None
    assert due(Schedule(), SCHOOL, None, at(night, 4)) is None
    dark = Schedule(is_on=True, blackouts=(week,))
    found = next_planned(dark, SCHOOL, None, at(night, 0))
    assert found == planned_at(dark, SCHOOL, night + 7 * DAY)
    for_ever = Schedule(is_on=True, blackouts=(Days(night, night + 1000 * DAY, "dicht"),))
    assert next_planned(for_ever, SCHOOL, None, at(night, 0)) is None
    adding = Schedule(is_on=True, additions_only=(week,))
    assert only_adds(adding, night, at(night, 2))
    assert only_adds(adding, night - DAY, at(night, 2)), "the night before, past midnight"
    assert not only_adds(adding, night - DAY, at(night - DAY, 23))
    assert not only_adds(adding, night + 7 * DAY, at(night + 7 * DAY, 2))


@pytest.mark.parametrize("archives", [True, False])
def test_on_a_day_of_additions_only_nobody_is_archived_however_often_absent(
    *, archives: bool
) -> None:
    schedule = Schedule(is_on=True, archives=archives)
    night = Night(SCHOOL, SCHOOL, SPRING, datetime.combine(SPRING, time(2), AMSTERDAM))
    assert automatic(schedule, night) == Automatic(update=True, archive=archives)
    adding = replace(schedule, additions_only=(Days(SPRING - DAY, SPRING, "begin"),))
    assert automatic(adding, night) == Automatic(update=False, archive=False)
