"""A school is mailed what is new to it: a brake at once, a failing source the second night."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.importer.domain.night import Night, NightOutcome
from services.importer.domain.night_news import COUNTED, is_news

DAY = date(2026, 11, 25)
APPLIED, HELD, FAILED = NightOutcome.APPLIED, NightOutcome.HELD, NightOutcome.FAILED
MISSED = NightOutcome.MISSED


def _before(*outcomes: NightOutcome, note: str = "rem") -> list[Night]:
    moment = datetime(2026, 11, 25, 2, tzinfo=UTC)
    ids = UUID(int=1), UUID(int=2)
    return [
        Night(*ids, DAY - timedelta(days=at), moment, None if one is MISSED else ids[0], one, note)
        for at, one in enumerate(outcomes, start=1)
    ]


@pytest.mark.parametrize(
    ("outcome", "before"),
    [
        (HELD, []),
        (HELD, [APPLIED]),
        (HELD, [FAILED, HELD]),
        (HELD, [HELD] * 7),
        (FAILED, [FAILED]),
        (FAILED, [FAILED, APPLIED, FAILED]),
        (FAILED, [MISSED, FAILED]),
        (FAILED, [FAILED] * 8),
    ],
)
def test_what_is_new_is_told(outcome: NightOutcome, before: list[NightOutcome]) -> None:
    assert is_news(outcome, "rem", _before(*before))


@pytest.mark.parametrize(
    ("outcome", "before"),
    [
        *((outcome, []) for outcome in NightOutcome if outcome is not HELD),
        *((HELD, [HELD] * nights) for nights in range(1, 7)),
        (FAILED, [APPLIED, FAILED]),
        (FAILED, [HELD]),
        *((FAILED, [FAILED] * nights) for nights in range(2, 8)),
        *((outcome, [outcome] * COUNTED) for outcome in (HELD, FAILED)),
    ],
)
def test_what_is_known_or_mends_itself_is_not(
    outcome: NightOutcome, before: list[NightOutcome]
) -> None:
    assert not is_news(outcome, "rem", _before(*before))


def test_other_brakes_are_new_and_another_failure_is_not() -> None:
    assert is_news(HELD, "een andere rem", _before(HELD))
    assert not is_news(FAILED, "iets anders", _before(FAILED, FAILED))
