"""Dark days as a person writes them: added to what the school has, or taken away."""

import pytest

from console.dark_days import changed, days_of
from console.mistake import MistakeError

AUTUMN = {"first": "2026-10-17", "last": "2026-10-25", "label": "Herfst"}
WINTER = {"first": "2026-12-21", "last": "2027-01-01", "label": "Kerst"}
WRITTEN = "2026-12-21:2027-01-01:Kerst"


def test_days_come_beside_those_that_the_school_has_once() -> None:
    assert changed([AUTUMN], [WRITTEN, WRITTEN], []) == [AUTUMN, WINTER]
    assert changed([AUTUMN, WINTER], [WRITTEN], []) == [AUTUMN, WINTER]
    assert changed([AUTUMN], [], []) == [AUTUMN]


@pytest.mark.parametrize("day", ["2026-12-21", "2027-01-01", " 2026-12-25 "])
def test_a_day_takes_the_days_away_that_hold_it(day: str) -> None:
    assert changed([AUTUMN, WINTER], [], [day]) == [AUTUMN]


@pytest.mark.parametrize("day", ["2026-12-20", "2027-01-02", "kerst"])
def test_a_day_that_is_in_none_is_a_mistake(day: str) -> None:
    with pytest.raises(MistakeError):
        changed([AUTUMN, WINTER], [], [day])


def test_a_label_may_hold_a_colon() -> None:
    assert days_of("2026-12-21:2027-01-01: Kerst: twee weken ")["label"] == "Kerst: twee weken"


@pytest.mark.parametrize(
    "written", ["", "2026-12-21", "2026-12-21:2027-01-01", "2026-12-21:2027-01-01: ", "21-12:1:x"]
)
def test_what_is_not_of_the_form_is_a_mistake_that_says_so(written: str) -> None:
    with pytest.raises(MistakeError, match="2026-12-21"):
        days_of(written)
