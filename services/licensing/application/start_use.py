"""A pupil starts a sprongtoets or an oefening: use a license, or find the one in use."""

from collections.abc import Sequence

from psycopg import Error, OperationalError
from psycopg.errors import LockNotAvailable, UniqueViolation

from services.licensing.domain.start import KeyedStart, UseOutcome, UseRecord, rounds
from services.licensing.store.uses import KEY_CONSTRAINT, record_starts
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.telemetry import get_logger

# A repeat finds the first answer, and a lost connection is replaced: once more is mostly enough.
_MOST_TRIES = 3
_IMPLAUSIBLE = FieldError(
    "started_at", "de start ligt in de toekomst, of langer dan 31 dagen terug"
)
_REFUSED = {
    UseOutcome.KEY_REUSED: ErrorCode.IDEMPOTENCY_KEY_REUSED,
    UseOutcome.LICENSE_PRODUCT_UNKNOWN: ErrorCode.LICENSE_PRODUCT_UNKNOWN,
    UseOutcome.PERSON_UNKNOWN: ErrorCode.PERSON_UNKNOWN,
    UseOutcome.NONE_LEFT: ErrorCode.NO_LICENSE_LEFT,
}


def refusal_of(record: UseRecord) -> Refusal | None:
    """Why a start was refused; None when it was recorded."""
    if record.outcome is UseOutcome.RECORDED:
        return None
    if record.outcome is UseOutcome.IMPLAUSIBLE:
        return Refusal(ErrorCode.INVALID_REQUEST, errors=(_IMPLAUSIBLE,))
    return Refusal(_REFUSED[record.outcome])


async def start_uses(
    database: Database, starts: Sequence[KeyedStart], *, waits: bool = True
) -> list[UseRecord]:
    """The first answers to these starts, now or whenever each was first asked, in their order.

    Without `waits` the answer to a start whose pool is busy is just that.

    Raises:
        Refusal: unavailable, when the database is away or kept them waiting for too long. What
            was recorded by then is found under its key when it is asked again.

    """
    found: dict[KeyedStart, UseRecord] = {}
    for places in rounds(starts):
        asked = [starts[place] for place in places]
        found |= zip(asked, await _record(database, asked, waits=waits), strict=True)
    return [found[start] for start in starts]


async def _record(
    database: Database, starts: Sequence[KeyedStart], *, waits: bool
) -> list[UseRecord]:
    for tried in range(1, _MOST_TRIES + 1):
        try:
            records = await record_starts(database, starts, waits=waits, moment=now())
            # A license was given back while they waited for others: their turn is to come.
            if not (waits and any(one.outcome is UseOutcome.POOL_BUSY for one in records)):
                return records
        except Error as error:
            if not _may_be_repeated(error):
                raise
            if not waits and tried == _MOST_TRIES and isinstance(error, UniqueViolation):
                # One start is to blame: the others are not away.
                raise
            if tried == _MOST_TRIES or isinstance(error, LockNotAvailable):
                get_logger().warning("start_not_recorded", error=type(error).__name__)
                break
    raise Refusal(ErrorCode.UNAVAILABLE) from None


def _may_be_repeated(error: Error) -> bool:
    """Whether the same call may succeed: its key makes that harmless."""
    if isinstance(error, UniqueViolation):
        return error.diag.constraint_name == KEY_CONSTRAINT
    # Also a lock that was not had in time, and a deadlock.
    return isinstance(error, OperationalError)
