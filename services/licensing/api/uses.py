"""The start of a sprongtoets or an oefening."""

from fastapi import APIRouter, status

from services.licensing.api.dependencies import OwnDatabase, Starting
from services.licensing.api.models import UseBody, UseResource
from services.licensing.application.start_use import StartOrder, start_use
from services.licensing.domain.start import Start
from shared.auth.principal import User
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import IdempotencyKey
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/license-uses", tags=["license uses"])


@router.post(
    "",
    summary="A pupil starts",
    operation_id="start_license_use",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(
        ErrorCode.PERSON_UNKNOWN,
        ErrorCode.NO_LICENSE_LEFT,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        ErrorCode.LICENSE_PRODUCT_UNKNOWN,
    ),
)
async def start(
    body: UseBody,
    acting: Starting,
    database: OwnDatabase,
    idempotency_key: IdempotencyKey = None,
) -> UseResource:
    """Use a license for the pupil's first start in a schooljaar, and none for later ones.

    A repeat gets the first answer, also when no license is left by then; without an
    Idempotency-Key a call with the same body is a repeat.
    """
    if isinstance(acting.principal, User) and acting.principal.person_id != body.person_id:
        raise Refusal(ErrorCode.PERSON_UNKNOWN)
    asked = Start(**body.model_dump())
    order = StartOrder(acting.school_id, asked, idempotency_key, acting.only_product)
    record = await start_use(database, order)
    return UseResource.model_validate(
        {
            **body.model_dump(),
            "id": record.use_id,
            "license_id": record.license_id,
            "schooljaar": str(asked.schooljaar),
            "license_used_now": record.license_used_now,
            "licenses_left": record.licenses_left,
        }
    )
