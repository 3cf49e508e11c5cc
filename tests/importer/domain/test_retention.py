"""Until when somebody is kept, and the moment that says so for everybody at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.erasure import is_erased, key_hashes
from services.importer.domain.retention import (
    DEFAULT_MONTHS,
    MOST_MONTHS,
    archived_before,
    kept_until,
)
from tests.importer.rosters import pupil

_MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_DAYS = st.dates(date(2015, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("archived_at", "months", "day"),
    [
        (datetime(2026, 7, 31, 21, 59, tzinfo=UTC), DEFAULT_MONTHS, date(2027, 7, 31)),
        # Midnight in Amsterdam: the next schooljaar has begun.
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), DEFAULT_MONTHS, date(2028, 7, 31)),
        (datetime(2026, 11, 25, tzinfo=UTC), 0, date(2027, 7, 31)),
        (datetime(2026, 11, 25, tzinfo=UTC), 7, date(2028, 2, 29)),
        (datetime(2026, 11, 25, tzinfo=UTC), MOST_MONTHS, date(2029, 7, 31)),
    ],
)
def test_until_some_months_after_the_schooljaar(
    archived_at: datetime, months: int, day: date
) -> None:
    assert kept_until(archived_at, months) == day
    assert not archived_at < archived_before(day, months)
    assert archived_at < archived_before(day + timedelta(days=1), months)


@given(_MOMENTS, _DAYS, st.integers(0, MOST_MONTHS))
def test_the_one_moment_is_right_for_everybody(
    archived_at: datetime, today: date, months: int
) -> None:
    is_due = kept_until(archived_at, months) < today
    assert (archived_at < archived_before(today, months)) == is_due


def test_somebody_erased_is_known_by_either_key_and_by_no_number() -> None:
    anna = pupil("1001", "Anna", "Aalbers", eck_id="ECK-a", real_id="anna@school")
    for hashes in (key_hashes("l-1001", None), key_hashes(None, "eck-A")):
        assert is_erased(anna, frozenset(hashes))
    assert not is_erased(anna, frozenset(key_hashes("l-1002", "eck-b")))
    assert not is_erased(anna, frozenset())
    assert list(key_hashes(None, None)) == []
