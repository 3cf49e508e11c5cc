"""The nightly proof that a roster is what its sources said last, and what it found."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.importer.api.cursors import position_in
from services.importer.api.dependencies import AppParts, Importing, Ordering
from services.importer.api.models import ImportView
from services.importer.api.reconciliation_models import (
    AcceptanceRequest,
    AcceptanceView,
    DifferenceView,
    FixRequest,
    ProofView,
)
from services.importer.application.fix_differences import start_fix
from services.importer.application.reconciliations import (
    accept_difference,
    read_differences,
    read_proofs,
)
from services.importer.domain.reconciliation import Cause
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/reconciliations", tags=["reconciliation"])


@router.get("", summary="The school's proofs, newest first", operation_id="list_reconciliations")
async def proofs(
    acting: Importing, parts: AppParts, limit: Limit = 50, cursor: Cursor = None
) -> Page[ProofView]:
    """One per night; none before the first night."""
    before: UUID | None = decode_id(cursor)
    rows = await read_proofs(parts.database, acting.school_id, before, limit + 1)
    items = [ProofView.of(row) for row in rows[:limit]]
    more = encode_cursor(str(items[-1].id)) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.get(
    "/latest/differences",
    summary="What the newest proof found, each with a suggested fix",
    operation_id="list_differences",
)
async def differences(
    acting: Importing,
    parts: AppParts,
    cause: Cause | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DifferenceView]:
    """Also those that are on record or accepted; `cause=unexplained` for what is not."""
    rows = await read_differences(
        parts.database,
        acting.school_id,
        caller=acting.caller,
        cause=cause,
        after=position_in(cursor),
        limit=limit + 1,
    )
    more = encode_cursor(str(rows[limit - 1]["position"])) if len(rows) > limit else None
    return Page(items=[DifferenceView.of(row) for row in rows[:limit]], next=more)


@router.post(
    "/latest/exceptions",
    status_code=201,
    summary="Accept a difference until a day",
    operation_id="accept_difference",
    responses=problem_responses(ErrorCode.NOT_FOUND, ErrorCode.IDEMPOTENCY_KEY_REUSED),
)
async def accept(
    body: AcceptanceRequest,
    acting: Importing,
    order: Ordering,
    parts: AppParts,
) -> AcceptanceView:
    """This very difference: with another value on either side it is a new one."""
    row, at = await accept_difference(parts.database, order, body.given())
    return AcceptanceView(
        difference_id=row["id"], until=body.until, accepted_by=acting.caller, accepted_at=at
    )


@router.post(
    "/latest/fix",
    status_code=202,
    summary="Turn differences into a plan on the controlescherm",
    operation_id="fix_differences",
    responses=problem_responses(ErrorCode.IMPORT_RUNNING, ErrorCode.IDEMPOTENCY_KEY_REUSED),
)
async def fix(
    body: FixRequest,
    order: Ordering,
    parts: AppParts,
    response: Response,
) -> ImportView:
    """A plan like any other, with digest and brakes; nothing changes before VERDER."""
    seconds = parts.settings.lease_seconds
    run = await start_fix(
        *(parts.database, parts.queue, seconds, order),
        causes=body.causes_asked(),
        differences=body.differences,
    )
    response.headers["Location"] = f"/v1/imports/{run.id}"
    return ImportView.of(run)
