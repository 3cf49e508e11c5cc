"""What becomes of a plan that waits when a night is due."""

from datetime import datetime, timedelta
from enum import StrEnum

from services.importer.domain.run import Run, Source

# Who had a plan made so short ago may still be reading it, though nothing shows it yet.
_READING = timedelta(hours=1)


class Way(StrEnum):
    """What a night does with a plan that waits.

    `LEFT` makes it anew, from Somtoday, as the night's own: what somebody left out stays out.
    """

    WAITS = "waits"
    LEFT = "left"
    GIVEN_UP = "given_up"


def way_of(run: Run, *, is_of_night: bool, moment: datetime, left_after: timedelta) -> Way:
    """What becomes of the plan of a run; it is left once nobody touched it for so long.

    A plan of a file is not of the source that a night reads, and no choice in it says anything of
    that.
    """
    if run.touched_at is not None and moment - run.touched_at < left_after:
        return Way.WAITS
    if run.touched_at is not None and run.source is Source.SOMTODAY:
        return Way.LEFT
    is_read = run.planned_at is not None and moment - run.planned_at < _READING
    return Way.WAITS if is_read and not is_of_night else Way.GIVEN_UP
