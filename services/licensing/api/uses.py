"""The start of a sprongtoets or an oefening."""

from fastapi import APIRouter, status

from services.licensing.api.dependencies import Starting, Turn
from services.licensing.api.use_batch import answer_batch
from services.licensing.api.use_models import BatchAnswer, UseBatch, UseBody, UseResource
from services.licensing.application.start_use import refusal_of
from services.licensing.domain.start import Caller, KeyedStart
from shared.app_parts import OwnDatabase
from shared.auth.principal import User
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import IdempotencyKey
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1", tags=["license uses"])


@router.post(
    "/license-uses",
    summary="A pupil starts",
    operation_id="start_license_use",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(
        ErrorCode.PERSON_UNKNOWN,
        ErrorCode.NO_LICENSE_LEFT,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        ErrorCode.LICENSE_PRODUCT_UNKNOWN,
        ErrorCode.UNAVAILABLE,
    ),
)
async def start(
    body: UseBody, acting: Starting, turnstile: Turn, idempotency_key: IdempotencyKey = None
) -> UseResource:
    """Use a license for the pupil's first start in a schooljaar, and none for later ones.

    A repeat gets the first answer, also when no license is left by then; without an
    Idempotency-Key a call with the same body is a repeat. Any answer of 500 or more, or none at
    all, says nothing of the start: let the pupil go on, and send the same call again later.
    """
    if isinstance(acting.principal, User) and acting.principal.person_id != body.person_id:
        raise Refusal(ErrorCode.PERSON_UNKNOWN)
    asked = body.asked()
    caller = Caller(acting.school_id, acting.only_product)
    record = await turnstile.start(KeyedStart(asked, asked.key(idempotency_key), caller))
    refusal = refusal_of(record)
    if refusal is not None:
        raise refusal
    return UseResource.of(asked, record)


@router.post(
    "/license-uses:batch",
    summary="Starts that could not be sent when they happened",
    operation_id="start_license_uses",
    responses=problem_responses(ErrorCode.UNAVAILABLE),
)
async def start_batch(body: UseBatch, acting: Starting, database: OwnDatabase) -> BatchAnswer:
    """Record starts of one school in their order, each with the answer it would have had alone.

    Send the same batch again as often as you like: every start has its own idempotency key, given
    or derived.
    """
    return await answer_batch(database, acting, body.items)
