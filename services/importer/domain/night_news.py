"""When a school is mailed about a night: what is new to it, and nothing each night anew."""

from collections.abc import Iterable
from itertools import takewhile

from services.importer.domain.night import Night, NightOutcome

# After so many nights the very same is told again.
_AGAIN_AFTER = 7
# How many nights before one are counted; who did nothing for a year is told no more.
COUNTED = 52 * _AGAIN_AFTER + 3
# From which night in a row a school hears: one night without Somtoday mends itself.
_TOLD_FROM = {NightOutcome.HELD: 1, NightOutcome.FAILED: 2}


def is_news(outcome: NightOutcome, note: str | None, before: Iterable[Night]) -> bool:
    """Whether a school is mailed how a night ended; `before` are those before it, newest first.

    A brake is told at once, a source that failed from the second night in a row on, and the same
    again after a week. Other brakes, or other numbers of one, are new.
    """
    if outcome not in _TOLD_FROM:
        return False

    def is_same(night: Night) -> bool:
        same_note = outcome is not NightOutcome.HELD or night.note == note
        return night.outcome is outcome and same_note

    # A night on which nothing began says nothing of the source.
    ran = (night for night in before if night.run_id is not None)
    in_a_row = 1 + sum(1 for _ in takewhile(is_same, ran))
    return in_a_row % _AGAIN_AFTER == _TOLD_FROM[outcome]
