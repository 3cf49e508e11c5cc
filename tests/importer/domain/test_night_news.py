"""A school is mailed what is new to it: a brake at once, a failing source the second night."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.importer.domain.brake import About, Brake, BrakeCode, Scope
from services.importer.domain.night import (
    Night,
    NightOutcome,
    held_because,
    lately_absent,
    waiting_questions,
)
from services.importer.domain.night_news import COUNTED, is_news
from services.importer.domain.threshold import Threshold

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


def _brakes(classes: int) -> list[Brake]:
    what = (BrakeCode.MANY_ARCHIVED, About.ARCHIVE)
    numbers = (12, 12, Threshold())
    wide = Brake(*what, Scope.SCHOOL, *numbers)
    return [wide, *(Brake(*what, Scope.KLAS, *numbers, f"h{at}") for at in range(classes))]


@pytest.mark.parametrize(
    ("classes", "told", "rest"),
    [
        (0, 1, None),
        (5, 6, None),
        (6, 6, "Voor nog één andere groep"),
        (40, 6, "Voor nog 35 andere"),
    ],
)
def test_of_very_many_brakes_the_widest_are_told(classes: int, told: int, rest: str | None) -> None:
    found = held_because(_brakes(classes))
    assert found[0] == "12 van de 12 personen van de school zouden worden gearchiveerd."
    assert len(found) == told + (rest is not None)
    assert rest is None or found[-1].startswith(rest)


@pytest.mark.parametrize(("people", "groups", "told"), [(0, 0, []), (1, 0, ["Eén vraag wacht"])])
def test_open_questions_are_told(people: int, groups: int, told: list[str]) -> None:
    found = waiting_questions({"people": {"conflict": people}, "groups": {"conflict": groups}})
    assert [one[: len("Eén vraag wacht")] for one in found] == told
    (several,) = waiting_questions({"people": {"conflict": 2}, "groups": {"conflict": 1}})
    assert several.startswith("3 vragen wachten op een antwoord")


def test_a_night_tells_how_many_it_left_as_they_lack_for_a_short_time() -> None:
    told = "12 personen ontbreken pas kort in de bron en zijn daarom niet gearchiveerd."
    assert [lately_absent(0), lately_absent(12)] == [[], [told]]
