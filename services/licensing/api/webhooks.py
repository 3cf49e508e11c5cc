"""Webhooks, kept by ops."""

from uuid import UUID

from fastapi import APIRouter, status

from services.licensing.api.dependencies import Webhooks
from services.licensing.api.webhook_models import (
    WebhookBody,
    WebhookChange,
    WebhookResource,
    WebhookWithSecret,
)
from services.licensing.application.webhooks import (
    WantedWebhook,
    change_stated,
    create_webhook,
    read_webhooks,
)
from services.licensing.application.webhooks import rotate_secret as rotate
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.idempotency.first_answer import RequiredIdempotencyKey
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
_NOT_FOUND = problem_responses(ErrorCode.NOT_FOUND)
_ONCE = problem_responses(ErrorCode.NOT_FOUND, ErrorCode.IDEMPOTENCY_KEY_REUSED)


@router.post(
    "",
    summary="Make a webhook",
    operation_id="create_webhook",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(ErrorCode.PRODUCT_UNKNOWN, ErrorCode.IDEMPOTENCY_KEY_REUSED),
)
async def create(
    body: WebhookBody, ops: Ops, desk: Webhooks, idempotency_key: RequiredIdempotencyKey
) -> WebhookWithSecret:
    """Have events sent to a URL, signed as the Standard Webhooks specification says.

    A key that sees one Kurve product makes webhooks of that product.
    """
    wanted = WantedWebhook(**body.model_dump())
    found, secret = await create_webhook(desk, wanted, ops, idempotency_key)
    return _with_secret(found, secret.get_secret_value())


@router.get("", summary="List webhooks", operation_id="list_webhooks")
async def list_page(
    ops: Ops, desk: Webhooks, limit: Limit = 50, cursor: Cursor = None
) -> Page[WebhookResource]:
    """Every webhook that the caller may see, oldest first."""
    found = await read_webhooks(desk, ops, after=decode_id(cursor), limit=limit + 1)
    shown = [WebhookResource.model_validate(webhook) for webhook in found[:limit]]
    return Page(items=shown, next=encode_cursor(str(shown[-1].id)) if found[limit:] else None)


@router.patch(
    "/{webhook_id}",
    summary="Change a webhook, or switch it on or off",
    operation_id="change_webhook",
    responses=_NOT_FOUND,
)
async def change(
    webhook_id: UUID, body: WebhookChange, ops: Ops, desk: Webhooks
) -> WebhookResource:
    """Change what is stated. Switched off, it gets nothing; what it misses can be replayed."""
    found = await change_stated(desk, webhook_id, body.model_dump(exclude_unset=True), ops)
    return WebhookResource.model_validate(found)


@router.post(
    "/{webhook_id}/rotate-secret",
    summary="Give a webhook a new secret",
    operation_id="rotate_webhook_secret",
    responses=_ONCE,
)
async def rotate_secret(
    webhook_id: UUID, ops: Ops, desk: Webhooks, idempotency_key: RequiredIdempotencyKey
) -> WebhookWithSecret:
    """For 24 hours both secrets sign, so that the receiver can change over in its own time."""
    found, secret = await rotate(desk, webhook_id, ops, idempotency_key)
    return _with_secret(found, secret.get_secret_value())


def _with_secret(found: object, secret: str) -> WebhookWithSecret:
    shown = WebhookResource.model_validate(found).model_dump()
    return WebhookWithSecret(**shown, secret=secret)
