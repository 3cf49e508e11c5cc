"""How many are too many, and how far a school may raise that: without an end, somebody would.

A plan that is right for once is let pass by a confirmation, which holds for that plan only.
"""

from dataclasses import dataclass, replace

MOST = 50
WHY_NO_MORE = (
    f"dit mag hoogstens {MOST} zijn, want een rem gaat nooit voorgoed uit; een enkel overzicht "
    "laat u door met een bevestiging"
)
# Fewer than so many prove nothing: a family that moves house, a mentor's small group.
_NEVER_FEWER = 10


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share that holds a plan: reached by so many per cent of at least so many people.

    Both are inclusive: with 20 and 10 a plan is held by the tenth of fifty, not by the ninth, and
    by the twentieth of a hundred, not by the nineteenth. Where there are fewer than the number, but
    not as few as never hold, all of them are enough: no number switches off the brake of a klas.
    """

    percent: int = 20
    at_least: int = 10

    def is_reached(self, affected: int, total: int) -> bool:
        """Whether so many of so many are too many."""
        enough = min(self.at_least, max(total, _NEVER_FEWER))
        return affected >= enough and affected * 100 >= self.percent * total


def within_bounds(threshold: Threshold) -> Threshold:
    """A threshold as it holds, whatever was stored before there was a bound."""
    return replace(
        threshold,
        percent=min(threshold.percent, MOST),
        at_least=min(threshold.at_least, MOST),
    )
