"""What ops do to a koppeling by hand."""

from uuid import UUID

from fastapi import APIRouter, status

from services.connector.api.models import EndBody, KoppelingResource, OrganisationBody
from services.connector.application.ask_verification import ask_verification
from services.connector.application.change_state import change_state
from services.connector.application.choose_organisation import choose_organisation
from services.connector.domain.koppeling import Event
from shared.app_parts import OwnDatabase, Queue
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses

router = APIRouter(
    prefix="/v1/koppelingen/{koppeling_id}",
    tags=["koppelingen"],
    responses=problem_responses(ErrorCode.NOT_FOUND, ErrorCode.TRANSITION_NOT_POSSIBLE),
)


@router.post(
    "/verify",
    summary="Verify a koppeling now",
    operation_id="verify_koppeling",
    status_code=status.HTTP_202_ACCEPTED,
)
async def verify(
    koppeling_id: UUID, ops: Ops, database: OwnDatabase, queue: Queue
) -> KoppelingResource:
    """Look at Somtoday now instead of at this koppeling's turn."""
    found = await ask_verification(
        koppeling_id, database=database, queue=queue, only_product=ops.product
    )
    return KoppelingResource.model_validate(found)


@router.post(
    "/organisation",
    summary="Choose which organisation the school is",
    operation_id="choose_organisation",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problem_responses(ErrorCode.ORGANISATION_NOT_A_CANDIDATE),
)
async def organisation(
    koppeling_id: UUID, body: OrganisationBody, ops: Ops, database: OwnDatabase, queue: Queue
) -> KoppelingResource:
    """Choose among the `candidates` of `stated-and-observed`; Somtoday is looked at at once."""
    found = await choose_organisation(
        koppeling_id,
        body.organisation_id,
        database=database,
        queue=queue,
        actor=ops.audit_name,
        only_product=ops.product,
    )
    return KoppelingResource.model_validate(found)


@router.post("/pause", summary="Pause a koppeling", operation_id="pause_koppeling")
async def pause(
    koppeling_id: UUID, ops: Ops, database: OwnDatabase, queue: Queue
) -> KoppelingResource:
    """Stop fetching and verifying until it is resumed."""
    found = await change_state(
        koppeling_id,
        Event.PAUSE,
        database=database,
        queue=queue,
        actor=ops.audit_name,
        only_product=ops.product,
    )
    return KoppelingResource.model_validate(found)


@router.post("/resume", summary="Resume a paused koppeling", operation_id="resume_koppeling")
async def resume(
    koppeling_id: UUID, ops: Ops, database: OwnDatabase, queue: Queue
) -> KoppelingResource:
    """Go on where it was paused; it is verified first."""
    found = await change_state(
        koppeling_id,
        Event.RESUME,
        database=database,
        queue=queue,
        actor=ops.audit_name,
        only_product=ops.product,
    )
    return KoppelingResource.model_validate(found)


@router.post("/end", summary="End a koppeling", operation_id="end_koppeling")
async def end(
    koppeling_id: UUID, body: EndBody, ops: Ops, database: OwnDatabase, queue: Queue
) -> KoppelingResource:
    """End a koppeling for good; nobody is archived in the product by this."""
    found = await change_state(
        koppeling_id,
        Event.END,
        database=database,
        queue=queue,
        actor=ops.audit_name,
        only_product=ops.product,
        reason=body.reason,
    )
    return KoppelingResource.model_validate(found)
