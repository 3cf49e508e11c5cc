"""What was sent to a webhook, and sending it again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from services.licensing.api.webhook_models import (
    AttemptResource,
    DeliveryDetail,
    DeliveryResource,
    ReplayBody,
    Replayed,
    State,
)
from services.licensing.application.webhook_deliveries import (
    Period,
    read_attempts,
    read_deliveries,
    replay_period,
)
from services.licensing.application.webhook_deliveries import replay as send_again
from shared.app_parts import OwnDatabase
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(
    prefix="/v1/webhooks/{webhook_id}",
    tags=["webhooks"],
    responses=problem_responses(ErrorCode.NOT_FOUND),
)


@router.get("/deliveries", summary="List deliveries", operation_id="list_webhook_deliveries")
async def list_page(
    *,
    webhook_id: UUID,
    ops: Ops,
    database: OwnDatabase,
    state: Annotated[State | None, Query(description="only those")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DeliveryResource]:
    """What went to a webhook or is under way, the newest first."""
    found = await read_deliveries(
        database, ops, webhook_id, state=state, after=decode_id(cursor), limit=limit + 1
    )
    shown = [DeliveryResource.model_validate(delivery) for delivery in found[:limit]]
    return Page(items=shown, next=encode_cursor(str(shown[-1].id)) if found[limit:] else None)


@router.get(
    "/deliveries/{delivery_id}",
    summary="Look at a delivery and each try",
    operation_id="read_webhook_delivery",
)
async def read(
    webhook_id: UUID, delivery_id: UUID, ops: Ops, database: OwnDatabase
) -> DeliveryDetail:
    """When it was tried, what the receiver answered, and how long that took."""
    found, tries = await read_attempts(database, ops, webhook_id, delivery_id)
    shown = DeliveryResource.model_validate(found).model_dump()
    return DeliveryDetail(
        **shown,
        payload=found.payload,
        tries=[AttemptResource.model_validate(attempt) for attempt in tries],
    )


@router.post(
    "/deliveries/{delivery_id}/replay",
    summary="Send a delivery again",
    operation_id="replay_webhook_delivery",
    status_code=status.HTTP_202_ACCEPTED,
)
async def replay(
    webhook_id: UUID, delivery_id: UUID, ops: Ops, database: OwnDatabase
) -> DeliveryResource:
    """Send it again under the same webhook-id; one that is under way is left as it is."""
    found = await send_again(database, ops, webhook_id, delivery_id)
    return DeliveryResource.model_validate(found)


@router.post(
    "/replay",
    summary="Send the events of a period again",
    operation_id="replay_webhook_period",
    status_code=status.HTTP_202_ACCEPTED,
)
async def replay_all(
    webhook_id: UUID, body: ReplayBody, ops: Ops, database: OwnDatabase
) -> Replayed:
    """Send what was given up or missed (switched off, or not there yet), at most 10 000 events.

    Asking again sends only what is not under way by then.
    """
    period = Period(body.since, body.until, body.also_delivered)
    return Replayed(count=await replay_period(database, ops, webhook_id, period))
