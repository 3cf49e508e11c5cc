"""A plan that waits: whose it is when a night is due."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.importer.domain.run import Run, RunState, Source
from services.importer.domain.waiting_plan import Way, way_of

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("source", "planned", "touched", "is_of_night", "way"),
    [
        (Source.SOMTODAY, 2 * DAY, DAY - MINUTE, False, Way.WAITS),
        (Source.SOMTODAY, 2 * DAY, DAY, False, Way.LEFT),
        (Source.SOMTODAY, MINUTE, DAY, False, Way.LEFT),
        (Source.SOMTODAY, 2 * DAY, DAY, True, Way.LEFT),
        (Source.SOMTODAY, 2 * DAY, MINUTE, True, Way.WAITS),
        (Source.SOMTODAY, HOUR - MINUTE, None, False, Way.WAITS),
        (Source.SOMTODAY, HOUR, None, False, Way.GIVEN_UP),
        (Source.SOMTODAY, MINUTE, None, True, Way.GIVEN_UP),
        (Source.CSV, 2 * DAY, DAY - MINUTE, False, Way.WAITS),
        (Source.CSV, 2 * DAY, DAY, False, Way.GIVEN_UP),
        (Source.UNDO, HOUR - MINUTE, None, False, Way.WAITS),
    ],
)
def test_a_plan_is_somebodys_until_it_is_left(
    source: Source,
    planned: timedelta,
    touched: timedelta | None,
    is_of_night: bool,  # noqa: FBT001 - one of a table
    way: Way,
) -> None:
    run = Run(
        *(UUID(int=1), UUID(int=2), source, RunState.PLANNED, NOW - 3 * DAY),
        planned_at=NOW - planned,
        touched_at=touched and NOW - touched,
    )
    assert way_of(run, is_of_night=is_of_night, moment=NOW, left_after=DAY) is way
