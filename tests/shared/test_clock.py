from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import AMSTERDAM, Schooljaar


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_day_lies_in_the_schooljaar_that_claims_it(day: date) -> None:
    schooljaar = Schooljaar.of(day)
    assert schooljaar.first_day <= day <= schooljaar.last_day
    assert Schooljaar.parse(str(schooljaar)) == schooljaar


def test_the_year_turns_at_midnight_in_the_netherlands() -> None:
    last = datetime(2026, 7, 31, 23, 59, 59, 999_999, tzinfo=AMSTERDAM)
    assert str(Schooljaar.of(last)) == "2025-2026"
    # 22:00 UTC is midnight in Amsterdam's summer.
    assert str(Schooljaar.of(datetime(2026, 7, 31, 22, 0, tzinfo=UTC))) == "2026-2027"
    assert str(Schooljaar.of(datetime(2026, 7, 31, 21, 59, 59, tzinfo=UTC))) == "2025-2026"


@pytest.mark.parametrize("text", ["2026", "2026-2028", "2027-2026", "ab-cd", ""])
def test_what_is_not_a_schooljaar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"schooljaar|invalid literal"):
        Schooljaar.parse(text)


def test_somtodays_notation_is_read_too() -> None:
    assert Schooljaar.parse("2026/2027") == Schooljaar(2026)
