from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.koppeling_end import (
    Ending,
    KoppelingMoved,
    OpenQuestion,
    question_after,
)
from shared.ids import new_id

NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
STATES = ("requested", "waiting", "scheduled", "active", "degraded", "paused", *Ending)


def moved(to: str, at: datetime = NEW_YEAR) -> KoppelingMoved:
    return KoppelingMoved(new_id(), "numo", to, at, position=1)


def test_the_day_to_answer_by_is_counted_in_the_netherlands() -> None:
    question = question_after(None, moved("revoked"), 30)
    assert question == OpenQuestion(Ending.REVOKED, NEW_YEAR, date(2027, 1, 31))


def test_a_question_keeps_its_day_when_ops_end_what_the_school_revoked() -> None:
    first = question_after(None, moved("revoked"), 30)
    later = question_after(first, moved("ended", NEW_YEAR + timedelta(days=9)), 30)
    assert later == OpenQuestion(Ending.ENDED, NEW_YEAR, date(2027, 1, 31))


@given(st.lists(st.sampled_from(STATES)))
def test_a_question_is_open_from_an_end_until_it_is_active_again(states: list[str]) -> None:
    question = None
    for state in states:
        question = question_after(question, moved(state), 30)
    since_active = (
        states[len(states) - states[::-1].index("active") :] if "active" in states else states
    )
    assert (question is not None) == any(state in set(Ending) for state in since_active)
