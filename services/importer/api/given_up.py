"""Imports that were given up: for ops, over all schools."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from services.importer.api.dependencies import AppParts, require_our_product
from services.importer.api.models import ImportView
from services.importer.application.given_up import put_again, read_given_up
from services.importer.domain.run import Source
from shared.auth.dependencies import Ops
from shared.auth.principal import ApiCaller
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/given-up-imports", tags=["ops"])


class GivenUpView(BaseModel):
    """An import that was begun too often without an end; nothing of it was applied."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    school_id: UUID
    source: Source
    requested_at: datetime
    given_up_at: datetime
    claims: int = Field(description="times that a worker began it", examples=[5])
    last_error: str | None = Field(
        description="class of what the last worker raised; null when that worker died",
        examples=["DataError"],
    )


async def _ops(caller: Ops, parts: AppParts) -> ApiCaller:
    require_our_product(caller.product, parts)
    return caller


OurOps = Annotated[ApiCaller, Depends(_ops)]


@router.get("", summary="Imports that were given up", operation_id="list_given_up_imports")
async def given_up(
    _: OurOps, parts: AppParts, limit: Limit = 50, cursor: Cursor = None
) -> Page[GivenUpView]:
    """Of all schools, and not put again yet."""
    found = await read_given_up(parts.database, decode_id(cursor), limit + 1)
    items = [GivenUpView.model_validate(one) for one in found[:limit]]
    more = encode_cursor(str(items[-1].id)) if len(found) > limit else None
    return Page(items=items, next=more)


@router.post(
    "/{import_id}/retry",
    status_code=202,
    summary="Put an import again that was given up",
    operation_id="retry_given_up_import",
    responses=problem_responses(
        ErrorCode.NOT_FOUND, ErrorCode.IMPORT_NOT_READY, ErrorCode.IMPORT_RUNNING
    ),
)
async def retry(import_id: UUID, ops: OurOps, parts: AppParts, response: Response) -> ImportView:
    """Begins the same import anew, once however often it is asked; a file must be sent anew."""
    seconds = parts.settings.lease_seconds
    run = await put_again(parts.database, parts.queue, seconds, ops.audit_name, import_id)
    response.headers["Location"] = f"/v1/imports/{run.id}"
    return ImportView.of(run)
