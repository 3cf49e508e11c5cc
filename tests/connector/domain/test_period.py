from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connector.domain.koppeling import Event
from services.connector.domain.period import Period, Position
from services.connector.domain.verdict import out_of_period

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
limits = st.none() | days


@given(begin=limits, end=limits, day=days)
def test_a_day_is_inside_exactly_when_no_limit_excludes_it(
    begin: date | None, end: date | None, day: date
) -> None:
    after_begin = begin is None or begin <= day
    before_end = end is None or day <= end
    inside = Period(begin, end).position(day) is Position.INSIDE
    assert inside is (after_begin and before_end)


@given(begin=days, length=st.integers(0, 400))
def test_both_dates_belong_to_the_period_and_their_neighbours_do_not(
    begin: date, length: int
) -> None:
    end = begin + timedelta(days=length)
    period = Period(begin, end)
    assert period.is_in_order
    assert period.position(begin) is period.position(end) is Position.INSIDE
    assert period.position(begin - timedelta(days=1)) is Position.BEFORE
    assert period.position(end + timedelta(days=1)) is Position.AFTER


@given(begin=days, earlier=st.integers(1, 400))
def test_an_end_before_the_begin_is_not_in_order(begin: date, earlier: int) -> None:
    assert not Period(begin, begin - timedelta(days=earlier)).is_in_order


@given(day=limits)
def test_a_period_with_one_date_or_none_is_always_in_order(day: date | None) -> None:
    assert Period(day, None).is_in_order
    assert Period(None, day).is_in_order


@given(begin=limits, end=limits, length=st.integers(0, 3000))
def test_as_time_passes_a_period_is_first_early_then_open_then_over(
    begin: date | None, end: date | None, length: int
) -> None:
    period = Period(begin, end)
    order = [Position.BEFORE, Position.INSIDE, Position.AFTER]
    first = date(2020, 1, 1)
    if period.is_in_order:
        earlier, later = period.position(first), period.position(first + timedelta(days=length))
        assert order.index(earlier) <= order.index(later)


@pytest.mark.parametrize(
    ("position", "event"),
    [(Position.BEFORE, Event.TOO_EARLY), (Position.AFTER, Event.OVER)],
)
def test_outside_its_dates_somtoday_need_not_be_asked(position: Position, event: Event) -> None:
    verdict = out_of_period(position)
    assert verdict is not None
    assert verdict.event is event
    assert not verdict.is_conclusive


def test_inside_its_dates_somtoday_is_asked() -> None:
    assert out_of_period(Position.INSIDE) is None
