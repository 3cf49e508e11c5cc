from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.licensing.domain.projection import Outlook, project

TODAY = date(2026, 11, 25)
LAST = date(2027, 7, 31)
DAYS = st.dictionaries(
    st.integers(0, 110).map(lambda back: TODAY - timedelta(days=back)), st.integers(0, 9)
)
USES = DAYS.map(Counter)


def steady(days: int, each: int = 1) -> Counter[date]:
    return Counter({TODAY - timedelta(days=back): each for back in range(days)})


def test_the_rule_is_one_that_can_be_done_by_hand() -> None:
    # 28 days of 2 a day: 100 left are gone in 50 days, and 248 days ahead make 496 more.
    found = project(steady(28, 2), 156, today=TODAY, last_day=LAST)
    assert (found.outlook, found.runs_out_on) == (Outlook.RUNS_OUT, TODAY + timedelta(days=50))
    assert found.expected_at_end == 56 + 496
    assert project(steady(28, 2), 56, today=TODAY, last_day=LAST).outlook is Outlook.EMPTY
    assert project(steady(28, 2), 600, today=TODAY, last_day=LAST).outlook is Outlook.LASTS


def test_too_little_says_nothing() -> None:
    for uses in (steady(13), steady(28, 0), Counter({TODAY - timedelta(days=90): 9}), Counter()):
        found = project(uses, 100, today=TODAY, last_day=LAST)
        assert (found.outlook, found.expected_at_end) == (Outlook.UNKNOWN, None)
    assert project(steady(3), 3, today=TODAY, last_day=LAST).outlook is Outlook.EMPTY


def test_who_stopped_using_does_not_run_out() -> None:
    long_ago = Counter({TODAY - timedelta(days=60): 40})
    found = project(long_ago, 50, today=TODAY, last_day=LAST)
    assert (found.outlook, found.expected_at_end) == (Outlook.LASTS, 40)


@given(USES, st.integers(0, 900))
def test_what_runs_out_does_so_ahead_and_within_the_schooljaar(
    uses: Counter[date], granted: int
) -> None:
    found = project(uses, granted, today=TODAY, last_day=LAST)
    used = sum(uses.values())
    assert (found.runs_out_on is not None) == (found.outlook is Outlook.RUNS_OUT)
    if found.runs_out_on is not None:
        assert TODAY < found.runs_out_on <= LAST
    if found.expected_at_end is not None:
        assert found.expected_at_end >= used
    if used >= granted > 0:
        assert found.outlook is Outlook.EMPTY
    if found.outlook is Outlook.LASTS:
        assert found.expected_at_end is not None
        assert used <= found.expected_at_end <= granted


@given(st.integers(14, 60), st.integers(1, 9), st.integers(1, 900), st.integers(0, 900))
def test_more_licenses_never_run_out_sooner(days: int, each: int, left: int, more: int) -> None:
    uses = steady(days, each)
    never = LAST + timedelta(days=1)
    ends = [
        project(uses, days * each + over, today=TODAY, last_day=LAST).runs_out_on or never
        for over in (left, left + more)
    ]
    assert ends[0] <= ends[1]
    assert ends[0] > TODAY


@given(USES, st.integers(0, 900), st.integers(0, 400))
def test_after_the_schooljaar_nothing_is_ahead(
    uses: Counter[date], granted: int, later: int
) -> None:
    found = project(uses, granted, today=LAST + timedelta(days=later), last_day=LAST)
    assert found.outlook is not Outlook.RUNS_OUT
    assert found.expected_at_end in {None, sum(uses.values())}
