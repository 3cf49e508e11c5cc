"""The states of a koppeling and every transition between them.

A koppeling is a school's standing permission for one product to read its Somtoday data. What
Somtoday shows of it is an event here, as is what ops do; the table below is all there is.
"""

from enum import StrEnum

from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


class State(StrEnum):
    """Where a koppeling is in its life."""

    REQUESTED = "requested"
    WAITING = "waiting"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    DEGRADED = "degraded"
    PAUSED = "paused"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ENDED = "ended"


class Event(StrEnum):
    """What can happen to a koppeling: the first six are observed, the last four done by ops."""

    CONFIRMED = "confirmed"
    NOT_OPENED = "not_opened"
    INSUFFICIENT = "insufficient"
    FAILED = "failed"
    TOO_EARLY = "too_early"
    OVER = "over"
    REQUEST = "request"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


S, E = State, Event
# One line a state. An event that is not in a state's line is refused there.
TRANSITIONS: dict[State, dict[Event, State]] = {
    S.REQUESTED: {
        E.CONFIRMED: S.ACTIVE,
        E.NOT_OPENED: S.WAITING,
        E.INSUFFICIENT: S.WAITING,
        E.FAILED: S.REQUESTED,
        E.TOO_EARLY: S.SCHEDULED,
        E.OVER: S.EXPIRED,
        E.PAUSE: S.PAUSED,
        E.END: S.ENDED,
    },
    S.WAITING: {
        E.CONFIRMED: S.ACTIVE,
        E.NOT_OPENED: S.WAITING,
        E.INSUFFICIENT: S.WAITING,
        E.FAILED: S.WAITING,
        E.TOO_EARLY: S.SCHEDULED,
        E.OVER: S.EXPIRED,
        E.PAUSE: S.PAUSED,
        E.END: S.ENDED,
    },
    S.SCHEDULED: {
        E.CONFIRMED: S.ACTIVE,
        E.NOT_OPENED: S.WAITING,
        E.INSUFFICIENT: S.WAITING,
        E.FAILED: S.SCHEDULED,
        E.TOO_EARLY: S.SCHEDULED,
        E.OVER: S.EXPIRED,
        E.PAUSE: S.PAUSED,
        E.END: S.ENDED,
    },
    S.ACTIVE: {
        E.CONFIRMED: S.ACTIVE,
        E.NOT_OPENED: S.REVOKED,
        E.INSUFFICIENT: S.DEGRADED,
        E.FAILED: S.DEGRADED,
        E.TOO_EARLY: S.SCHEDULED,
        E.OVER: S.EXPIRED,
        E.PAUSE: S.PAUSED,
        E.END: S.ENDED,
    },
    S.DEGRADED: {
        E.CONFIRMED: S.ACTIVE,
        E.NOT_OPENED: S.REVOKED,
        E.INSUFFICIENT: S.DEGRADED,
        E.FAILED: S.DEGRADED,
        E.TOO_EARLY: S.SCHEDULED,
        E.OVER: S.EXPIRED,
        E.PAUSE: S.PAUSED,
        E.END: S.ENDED,
    },
    # A school that makes its Connectkoppeling anew needs nobody at Kurve.
    S.REVOKED: {
        E.CONFIRMED: S.ACTIVE,
        E.NOT_OPENED: S.REVOKED,
        E.INSUFFICIENT: S.REVOKED,
        E.FAILED: S.REVOKED,
        E.TOO_EARLY: S.SCHEDULED,
        E.OVER: S.EXPIRED,
        E.REQUEST: S.REQUESTED,
        E.END: S.ENDED,
    },
    S.PAUSED: {E.RESUME: S.REQUESTED, E.END: S.ENDED},
    S.EXPIRED: {E.REQUEST: S.REQUESTED, E.END: S.ENDED},
    S.ENDED: {E.REQUEST: S.REQUESTED},
}
del S, E

MEANINGS = {
    State.REQUESTED: "asked for by ops; Somtoday has not told anything yet",
    State.WAITING: "the school has not opened it in Somtoday, or not enough of it",
    State.SCHEDULED: "the begin date lies ahead",
    State.ACTIVE: "a roster may be fetched",
    State.DEGRADED: "Somtoday fails for now, and a fetch may be tried; or it permits too little",
    State.PAUSED: "stopped by ops until they resume it",
    State.EXPIRED: "the end date has passed",
    State.REVOKED: "the school withdrew it in Somtoday",
    State.ENDED: "ended by ops; nobody is archived in the product by this",
}
# In these a fetch may be tried; `fetching.may_fetch` says when it may not after all.
MAY_FETCH = frozenset({State.ACTIVE, State.DEGRADED})
VERIFIED = frozenset(state for state, row in TRANSITIONS.items() if Event.CONFIRMED in row)
SETTLED = frozenset({State.ACTIVE, State.REVOKED})
# Its school was told so; what is left to ask is what becomes of the people.
OVER = frozenset({State.ENDED, State.EXPIRED, State.REVOKED})
_DUTCH = {
    Event.REQUEST: "opnieuw aanvragen",
    Event.PAUSE: "pauzeren",
    Event.RESUME: "hervatten",
    Event.END: "beëindigen",
}


def next_state(state: State, event: Event) -> State:
    """The state after an event.

    Raises:
        Refusal: transition_not_possible; its detail says what ops can do in this state.

    """
    after = TRANSITIONS[state].get(event)
    if after is None:
        raise not_possible(state)
    return after


def not_possible(state: State) -> Refusal:
    """The refusal that says what ops can do in a state."""
    possible = [event for event in _DUTCH if event in TRANSITIONS[state]]
    words = ", ".join(_DUTCH[event] for event in possible)
    detail = f"De koppeling heeft de toestand {state}; mogelijk is nu alleen: {words}."
    extra = {"state": state.value, "possible": [event.value for event in possible]}
    return Refusal(ErrorCode.TRANSITION_NOT_POSSIBLE, detail=detail, extra=extra)
