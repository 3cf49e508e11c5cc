"""Brakes: why a plan is held, who lets it pass, and a school's thresholds."""

from uuid import UUID

from fastapi import APIRouter

from services.importer.api.brake_models import (
    BrakeNowView,
    ConfirmationRequest,
    GuardRailsView,
)
from services.importer.api.dependencies import AppParts, Importing, Ordering, person_of
from services.importer.application.brakes import (
    confirm_brakes,
    put_guard_rails,
    read_brakes,
    school_guard_rails,
)
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1", tags=["controlescherm"])


@router.get(
    "/imports/{import_id}/brakes",
    summary="Why a plan is held",
    operation_id="list_brakes",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def brakes(import_id: UUID, acting: Importing, parts: AppParts) -> list[BrakeNowView]:
    """Every brake of the plan, counted over what is chosen now."""
    person = person_of(acting)
    found = await read_brakes(parts.database, acting.school_id, import_id, person)
    return [BrakeNowView.now(one) for one in found]


@router.post(
    "/imports/{import_id}/confirmations",
    summary="Let brakes pass, with a reason and a name",
    operation_id="confirm_brakes",
    responses=problem_responses(
        ErrorCode.NOT_FOUND,
        ErrorCode.IMPORT_NOT_READY,
        ErrorCode.PLAN_DIFFERS,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def confirm(
    *,
    import_id: UUID,
    body: ConfirmationRequest,
    acting: Importing,
    order: Ordering,
    parts: AppParts,
) -> list[BrakeNowView]:
    """Valid for the plan with this digest only: a plan that is made anew asks again."""
    person = person_of(acting)
    found = await confirm_brakes(parts.database, order, import_id, person, body.given())
    return [BrakeNowView.now(one) for one in found]


@router.get("/guard-rails", summary="When a plan is held", operation_id="read_guard_rails")
async def thresholds(acting: Importing, parts: AppParts) -> GuardRailsView:
    """The school's thresholds; the default where it set none."""
    return GuardRailsView.of(await school_guard_rails(parts.database, acting.school_id))


@router.put("/guard-rails", summary="Set when a plan is held", operation_id="set_guard_rails")
async def set_thresholds(
    body: GuardRailsView, acting: Importing, parts: AppParts
) -> GuardRailsView:
    """Scopes that are not named get the default; a plan that waits is made anew with these."""
    rails, lease_seconds = body.rails(), parts.settings.lease_seconds
    await put_guard_rails(
        *(parts.database, parts.queue, lease_seconds),
        school_id=acting.school_id,
        rails=rails,
        caller=acting.caller,
    )
    return GuardRailsView.of(rails)
