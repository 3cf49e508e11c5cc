"""How far a school may raise its thresholds: whoever could raise them without end, would.

A plan that is right for once is let pass by a confirmation, which holds for that plan only.
"""

from dataclasses import replace

from services.importer.domain.brake import Threshold

MOST = 50
WHY_NO_MORE = (
    f"dit mag hoogstens {MOST} zijn, want een rem gaat nooit voorgoed uit; een enkel overzicht "
    "laat u door met een bevestiging"
)


def within_bounds(threshold: Threshold) -> Threshold:
    """A threshold as it holds, whatever was stored before there was a bound."""
    return replace(
        threshold,
        percent=min(threshold.percent, MOST),
        at_least=min(threshold.at_least, MOST),
    )
