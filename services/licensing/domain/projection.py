"""When a pool runs out, if pupils go on as they did.

The rule is one that anyone can do by hand: what was used per day in the last four weeks (or since
the first use, when that is less) goes on until the end of the schooljaar, holidays or not. A pool
that began less than two weeks ago, or has fewer than ten licenses used, says nothing yet. As each
pupil uses one license a schooljaar, a school where nearly everybody began uses less than this: the
rule warns early rather than late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_WINDOW = 28
_FEWEST_DAYS = 14
_FEWEST_USES = 10


class Outlook(StrEnum):
    """What becomes of a pool."""

    UNKNOWN = "unknown"
    LASTS = "lasts"
    RUNS_OUT = "runs_out"
    EMPTY = "empty"


@dataclass(frozen=True)
class Projection:
    """An outlook; `runs_out_on` is the day when the last license is used, if it is.

    `expected_at_end` is how many pupils would have used one by the end of the schooljaar, also
    beyond what is granted; null when unknown.
    """

    outlook: Outlook
    runs_out_on: date | None = None
    expected_at_end: int | None = None


def project(uses: Mapping[date, int], granted: int, *, today: date, last_day: date) -> Projection:
    """Look ahead from today; `uses` are the licenses used each day, less those given back."""
    used = sum(uses.values())
    left = granted - used
    window = _window(uses, today)
    if window is None:
        return Projection(Outlook.EMPTY if left <= 0 < granted else Outlook.UNKNOWN)
    days, recent = window
    ahead = max((last_day - today).days, 0)
    expected = used + max(recent, 0) * ahead // days
    if left <= 0:
        return Projection(Outlook.EMPTY, None, expected)
    if recent <= 0:
        return Projection(Outlook.LASTS, None, expected)
    # Rounded up: the day on which the last one goes, not the day before it.
    days_left = -(-left * days // recent)
    if days_left > ahead:
        return Projection(Outlook.LASTS, None, expected)
    return Projection(Outlook.RUNS_OUT, today + timedelta(days=days_left), expected)


def _window(uses: Mapping[date, int], today: date) -> tuple[int, int] | None:
    """How many days to go by, and the licenses used in them; None when there is too little."""
    begun = [day for day, count in uses.items() if count > 0]
    if not begun or sum(uses.values()) < _FEWEST_USES:
        return None
    days = min((today - min(begun)).days + 1, _WINDOW)
    if days < _FEWEST_DAYS:
        return None
    first = today - timedelta(days=days - 1)
    return days, sum(count for day, count in uses.items() if first <= day <= today)
