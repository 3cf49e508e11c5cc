import itertools
from datetime import date, timedelta

import pytest

from services.connector.domain.fetching import may_fetch
from services.connector.domain.koppeling import (
    TRANSITIONS,
    VERIFIED,
    Event,
    State,
    next_state,
)
from services.connector.domain.period import Period
from services.connector.domain.verdict import INSUFFICIENCIES, Problem
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

DAY, ONE = date(2026, 11, 25), timedelta(days=1)
OPS = (Event.REQUEST, Event.PAUSE, Event.RESUME, Event.END)
OBSERVED = tuple(event for event in Event if event not in OPS)
# Written out a second time, by hand: what a look at Somtoday does to each verified state.
AFTER_A_LOOK = {
    State.REQUESTED: ("active", "waiting", "waiting", "requested", "scheduled", "expired"),
    State.WAITING: ("active", "waiting", "waiting", "waiting", "scheduled", "expired"),
    State.SCHEDULED: ("active", "waiting", "waiting", "scheduled", "scheduled", "expired"),
    State.ACTIVE: ("active", "revoked", "degraded", "degraded", "scheduled", "expired"),
    State.DEGRADED: ("active", "revoked", "degraded", "degraded", "scheduled", "expired"),
    State.REVOKED: ("active", "revoked", "revoked", "revoked", "scheduled", "expired"),
}
BY_OPS = {
    State.REQUESTED: {"pause": "paused", "end": "ended"},
    State.WAITING: {"pause": "paused", "end": "ended"},
    State.SCHEDULED: {"pause": "paused", "end": "ended"},
    State.ACTIVE: {"pause": "paused", "end": "ended"},
    State.DEGRADED: {"pause": "paused", "end": "ended"},
    State.REVOKED: {"request": "requested", "end": "ended"},
    State.PAUSED: {"resume": "requested", "end": "ended"},
    State.EXPIRED: {"request": "requested", "end": "ended"},
    State.ENDED: {"request": "requested"},
}
DUTCH = {
    "request": "opnieuw aanvragen",
    "pause": "pauzeren",
    "resume": "hervatten",
    "end": "beëindigen",
}


def expected(state: State, event: Event) -> str | None:
    if event in OPS:
        return BY_OPS[state].get(event)
    looks = AFTER_A_LOOK.get(state)
    return looks[OBSERVED.index(event)] if looks else None


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_every_pair_of_state_and_event_is_as_tabled_or_refused(state: State, event: Event) -> None:
    wanted = expected(state, event)
    if wanted is not None:
        assert next_state(state, event) is State(wanted)
        return
    with pytest.raises(Refusal) as refused:
        next_state(state, event)
    assert refused.value.error is ErrorCode.TRANSITION_NOT_POSSIBLE
    assert refused.value.error.value.status == 409
    assert refused.value.extra == {"state": state, "possible": list(BY_OPS[state])}
    detail = refused.value.detail or ""
    for name, words in DUTCH.items():
        assert (words in detail) is (name in BY_OPS[state])


def test_each_state_has_a_line_and_ops_are_never_stuck() -> None:
    assert set(TRANSITIONS) == set(State)
    assert all(set(OPS) & set(row) for row in TRANSITIONS.values())


def test_only_states_that_a_look_can_change_are_verified() -> None:
    assert set(AFTER_A_LOOK) == VERIFIED
    assert VERIFIED | {State.PAUSED, State.EXPIRED, State.ENDED} == set(State)


@pytest.mark.parametrize(("state", "problem"), list(itertools.product(State, [None, *Problem])))
def test_a_fetch_is_tried_when_active_or_when_somtoday_only_fails(
    state: State, problem: Problem | None
) -> None:
    too_little = {*INSUFFICIENCIES}
    wanted = state in {State.ACTIVE, State.DEGRADED} and problem not in too_little
    assert may_fetch(state, Period(DAY, DAY), DAY, problem) is wanted
    for period in (Period(None, DAY - ONE), Period(DAY + ONE, None)):
        assert not may_fetch(state, period, DAY, problem)
