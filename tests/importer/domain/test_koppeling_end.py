from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.change import Action
from services.importer.domain.koppeling_end import (
    Answer,
    Ending,
    KoppelingMoved,
    OpenQuestion,
    Reminder,
    Standing,
    due_reminder,
    question_after,
    standing_of,
    to_archive,
)
from services.importer.domain.run import LIVE, RunState
from shared.ids import new_id
from tests.importer.domain.builders import employee, pupil, roster

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


def test_a_plan_of_archiving_settles_the_question_only_when_it_was_applied() -> None:
    question = question_after(None, moved("ended"), 30)
    states = {state: standing_of(question, Answer.ARCHIVE, state) for state in RunState}
    assert [state for state in states if states[state] is Standing.SETTLED] == [RunState.APPLIED]
    assert {state for state in states if states[state] is Standing.IN_PLAN} == LIVE
    assert standing_of(question, Answer.KEEP, None) is Standing.SETTLED
    assert standing_of(question, Answer.WAIT, None) is standing_of(question, None, None)
    assert standing_of(None, None, None) is Standing.NONE


@given(st.integers(1, 200), st.lists(st.integers(-40, 300)), st.sampled_from(Standing))
def test_each_reminder_comes_once_in_time_and_only_while_nothing_was_answered(
    answer_days: int, days: list[int], standing: Standing
) -> None:
    question = question_after(None, moved("expired"), answer_days)
    assert question is not None
    reminded: list[tuple[Reminder, date]] = []
    for day in sorted(date(2026, 12, 31) + timedelta(days=days) for days in days):
        due = due_reminder(question, standing, [one for one, _ in reminded], day)
        reminded += [] if due is None else [(due, day)]
    assert len({one for one, _ in reminded}) == len(reminded) <= 2
    assert not reminded or standing is Standing.OPEN
    for due, day in reminded:
        left = (question.answer_by - day).days
        assert 0 < left <= 7 if due is Reminder.BEFORE else left <= 0


def test_only_who_came_from_somtoday_and_is_still_there_is_to_be_archived() -> None:
    mine = [pupil("a"), pupil("b", active=False), pupil(None), employee("c")]
    found = to_archive(roster(mine), ["pupil"])
    assert [(one.subject_id, one.action) for one in found] == [(mine[0].id, Action.ARCHIVE)]
