"""Days on which a school's import does not begin, as a person writes them on the command line."""

from datetime import date
from typing import Any

from console.mistake import MistakeError

DaysOf = list[dict[str, Any]]
FORM = "FIRST:LAST:LABEL, e.g. 2026-12-21:2027-01-01:Kerstvakantie"


def days_of(written: str) -> dict[str, Any]:
    """Days as the importer's API takes them; the label may hold a colon.

    Raises:
        MistakeError: it is not of that form.

    """
    first, _, rest = written.partition(":")
    last, _, label = rest.partition(":")
    if not label.strip():
        msg = f"{written!r} is not {FORM}"
        raise MistakeError(msg)
    return {"first": str(_day(first)), "last": str(_day(last)), "label": label.strip()}


def changed(kept: DaysOf, more: list[str], fewer: list[str]) -> DaysOf:
    """The days that a school has, less those that hold a day of `fewer`, and with `more`.

    Raises:
        MistakeError: one is not written as it should be, or no days hold a day of `fewer`.

    """
    left = list(kept)
    for written in fewer:
        day = str(_day(written))
        # ISO dates: in the order of days.
        stay = [one for one in left if not one["first"] <= day <= one["last"]]
        if len(stay) == len(left):
            msg = f"{day} is not one of the days"
            raise MistakeError(msg)
        left = stay
    for days in map(days_of, more):
        if days not in left:
            left.append(days)
    return left


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        msg = f"{written!r} is no day; write it as 2026-12-21"
        raise MistakeError(msg) from None
