"""A license that was used, and when it may be given back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

# A pupil who tried the school and left: Kurve takes nothing for these days.
GRACE = timedelta(days=30)


@dataclass(frozen=True)
class License:
    """A license of one pupil for one license product and schooljaar."""

    id: UUID
    pool_id: UUID
    person_id: UUID
    license_product: str
    schooljaar: str
    used_at: datetime
    released_at: datetime | None


class NotReleasable(StrEnum):
    """Why a license stays used."""

    STILL_THERE = "still_there"
    GRACE_IS_OVER = "grace_is_over"


def why_not_releasable(
    used_at: datetime, moment: datetime, *, is_active: bool
) -> NotReleasable | None:
    """Whether a license may be given back at a moment; None when it may.

    Only the license of a pupil who left, and within the grace period after it was used. Whoever
    is still there could use it again at once.
    """
    if is_active:
        return NotReleasable.STILL_THERE
    if moment - used_at > GRACE:
        return NotReleasable.GRACE_IS_OVER
    return None
