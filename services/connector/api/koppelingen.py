"""Koppelingen: asked for and looked at by ops."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from pydantic import AwareDatetime

from services.connector.api.fields import ProductCode
from services.connector.api.models import (
    EventResource,
    KoppelingBody,
    KoppelingResource,
    stated_columns,
)
from services.connector.application.read_history import read_history
from services.connector.application.read_koppelingen import Wanted, read_koppeling, read_koppelingen
from services.connector.application.request_koppeling import WantedKoppeling, request_koppeling
from services.connector.domain.koppeling import State
from shared.app_parts import OwnDatabase, Queue
from shared.auth.dependencies import Ops
from shared.auth.principal import ApiCaller
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import IdempotencyKey
from shared.ids import Brin
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses
from shared.revisions import etag

router = APIRouter(prefix="/v1/koppelingen", tags=["koppelingen"])


@router.post(
    "",
    summary="Ask for a koppeling",
    operation_id="request_koppeling",
    status_code=status.HTTP_202_ACCEPTED,
    responses={
        200: {"model": KoppelingResource, "description": "The school has this koppeling already."},
        **problem_responses(ErrorCode.PRODUCT_UNKNOWN, ErrorCode.IDEMPOTENCY_KEY_REUSED),
    },
)
async def ask(
    *,
    body: KoppelingBody,
    ops: Ops,
    database: OwnDatabase,
    queue: Queue,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> KoppelingResource:
    """Ask for a school's koppeling and have it verified at once.

    A school has one koppeling per product: asking again answers 200 with the one there is, with
    its contact and what else is stated changed, and starts one that is over anew.
    """
    koppeling, requested = await request_koppeling(
        wanted_by(body, ops),
        database=database,
        queue=queue,
        actor=ops.audit_name,
        idempotency_key=idempotency_key,
    )
    response.headers["Location"] = f"{router.prefix}/{koppeling.id}"
    response.headers["ETag"] = etag(koppeling.revision)
    if not requested:
        response.status_code = status.HTTP_200_OK
    return KoppelingResource.model_validate(koppeling)


def wanted_by(body: KoppelingBody, ops: ApiCaller) -> WantedKoppeling:
    """What a caller asks for.

    Raises:
        Refusal: product_unknown, also for a product that the caller may not see.

    """
    if ops.product not in {None, body.product}:
        raise Refusal(ErrorCode.PRODUCT_UNKNOWN)
    given = body.model_dump(exclude_unset=True)
    return WantedKoppeling(
        product=body.product,
        school_name=body.school_name,
        brin=body.brin,
        contact_email=body.contact_email,
        stated=stated_columns(given),
    )


@router.get("", summary="List koppelingen", operation_id="list_koppelingen")
async def list_page(
    *,
    ops: Ops,
    database: OwnDatabase,
    brin: Annotated[Brin | None, Query(examples=["99ZY"])] = None,
    product: Annotated[ProductCode | None, Query(examples=["numo"])] = None,
    state: State | None = None,
    stale_since: Annotated[
        AwareDatetime | None,
        Query(
            description="only what was last verified before this moment, or never and was asked "
            "for before it",
            examples=["2026-11-24T15:04:05Z"],
        ),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[KoppelingResource]:
    """Koppelingen in the order in which they were first asked for."""
    if ops.product is not None and product not in {None, ops.product}:
        return Page(items=[], next=None)
    wanted = Wanted(brin, ops.product or product, state, stale_since)
    after = decode_id(cursor)
    found, last = await read_koppelingen(database, wanted, after=after, limit=limit)
    items = [KoppelingResource.model_validate(koppeling) for koppeling in found]
    return Page(items=items, next=_cursor(last))


@router.get(
    "/{koppeling_id}",
    summary="Show a koppeling",
    operation_id="show_koppeling",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def show(
    koppeling_id: UUID, ops: Ops, database: OwnDatabase, response: Response
) -> KoppelingResource:
    """One koppeling; its ETag is that of what is stated of it, for `If-Match` of a change."""
    found = await read_koppeling(database, koppeling_id, ops.product)
    response.headers["ETag"] = etag(found.revision)
    return KoppelingResource.model_validate(found)


@router.get(
    "/{koppeling_id}/history",
    summary="Show what happened to a koppeling",
    operation_id="show_koppeling_history",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def show_history(
    koppeling_id: UUID,
    ops: Ops,
    database: OwnDatabase,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EventResource]:
    """Every transition and what was stated anew, oldest first, with who did it and why."""
    found, last = await read_history(
        database, koppeling_id, only_product=ops.product, after=decode_id(cursor), limit=limit
    )
    items = [EventResource.model_validate(event) for event in found]
    return Page(items=items, next=_cursor(last))


def _cursor(last: UUID | None) -> str | None:
    return None if last is None else encode_cursor(str(last))
