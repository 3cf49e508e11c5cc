"""Kurve ops give a school licenses."""

from fastapi import APIRouter, status

from services.licensing.api.models import GrantBody, GrantResource
from services.licensing.application.grant_licenses import WantedGrant, grant_licenses
from shared.app_parts import OwnDatabase
from shared.auth.dependencies import Ops
from shared.clock import Schooljaar
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.idempotency.first_answer import RequiredIdempotencyKey
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/license-grants", tags=["license pools"])


@router.post(
    "",
    summary="Grant licenses, or correct a grant",
    operation_id="grant_licenses",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(
        ErrorCode.NOT_FOUND,
        ErrorCode.LICENSE_PRODUCT_UNKNOWN,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def grant(
    body: GrantBody, ops: Ops, database: OwnDatabase, idempotency_key: RequiredIdempotencyKey
) -> GrantResource:
    """Enter a grant; several add up, and a correction is an entry of its own."""
    if body.amount == 0:
        raise Refusal(
            ErrorCode.INVALID_REQUEST, errors=(FieldError("amount", "0 licenties is niets"),)
        )
    wanted = WantedGrant(
        school_id=body.school_id,
        license_product=body.license_product,
        schooljaar=Schooljaar.parse(body.schooljaar),
        amount=body.amount,
        reason=body.reason,
    )
    granted = await grant_licenses(
        database,
        wanted,
        caller=ops.audit_name,
        idempotency_key=idempotency_key,
        only_product=ops.product,
    )
    return GrantResource.model_validate(granted)
