"""A pupil starts a sprongtoets or an oefening: use a license, or find the one in use."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.licensing.application.license_products import require_license_product
from services.licensing.domain.start import Start, UseOutcome, UseRecord
from services.licensing.store.uses import KEY_CONSTRAINT, record_use
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal

_IMPLAUSIBLE = FieldError(
    "started_at", "de start ligt in de toekomst, of langer dan 31 dagen terug"
)
_REFUSED = {
    UseOutcome.KEY_REUSED: ErrorCode.IDEMPOTENCY_KEY_REUSED,
    UseOutcome.PERSON_UNKNOWN: ErrorCode.PERSON_UNKNOWN,
    UseOutcome.NONE_LEFT: ErrorCode.NO_LICENSE_LEFT,
}


@dataclass(frozen=True)
class StartOrder:
    """What is to be recorded, for which school.

    `idempotency_key` is the caller's, if it gave one; `only_product` is the one Kurve product
    that the caller may use licenses of, null for any.
    """

    school_id: UUID
    start: Start
    idempotency_key: str | None = None
    only_product: str | None = None


async def start_use(database: Database, order: StartOrder) -> UseRecord:
    """The first answer to this start, now or whenever it was first asked.

    Raises:
        Refusal: person_unknown, no_license_left, license_product_unknown,
            idempotency_key_reused, or invalid_request for a start that lies ahead or too far back.

    """
    try:
        record = await _record(database, order)
    except IntegrityError as error:
        if KEY_CONSTRAINT not in str(error.orig):
            raise
        # The same start was recorded by another call meanwhile: its answer is there now.
        record = await _record(database, order)
    if record.outcome is UseOutcome.IMPLAUSIBLE:
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=(_IMPLAUSIBLE,))
    if record.outcome is not UseOutcome.RECORDED:
        raise Refusal(_REFUSED[record.outcome])
    return record


async def _record(database: Database, order: StartOrder) -> UseRecord:
    key = order.start.key(order.idempotency_key)
    async with database.transaction(order.school_id) as connection:
        await require_license_product(connection, order.start.license_product, order.only_product)
        return await record_use(
            connection,
            order.school_id,
            order.start,
            key,
            is_plausible=order.start.is_plausible(now()),
        )
