"""Imports that begin by themselves: when, what they may do, and what became of each."""

from fastapi import APIRouter, Response

from services.importer.api.dependencies import AppParts, Importing
from services.importer.api.schedule_models import NightView, ScheduleRequest, ScheduleView
from services.importer.application.schedules import put_schedule, read_nights, read_schedule
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses
from shared.revisions import ExpectedRevisions, etag

router = APIRouter(prefix="/v1", tags=["scheduled imports"])


@router.get(
    "/import-schedule",
    summary="When the school's import begins by itself",
    operation_id="read_import_schedule",
)
async def schedule(acting: Importing, parts: AppParts, response: Response) -> ScheduleView:
    """Off, with the window that is proposed, where the school set none."""
    found, next_at = await read_schedule(parts.database, acting.school_id)
    response.headers["ETag"] = etag(found.revision)
    return ScheduleView.of(found, next_at)


@router.put(
    "/import-schedule",
    summary="Set when the school's import begins by itself",
    operation_id="set_import_schedule",
    responses=problem_responses(
        ErrorCode.NOT_FOUND, ErrorCode.IF_MATCH_REQUIRED, ErrorCode.SCHEDULE_CHANGED
    ),
)
async def set_schedule(
    *,
    body: ScheduleRequest,
    acting: Importing,
    parts: AppParts,
    response: Response,
    expected: ExpectedRevisions,
) -> ScheduleView:
    """The whole schedule; holds from now on, tonight included."""
    found, next_at = await put_schedule(
        *(parts.database, acting.school_id, acting.caller, body.schedule(), expected)
    )
    response.headers["ETag"] = etag(found.revision)
    return ScheduleView.of(found, next_at)


@router.get(
    "/import-nights",
    summary="What became of each night, newest first",
    operation_id="list_import_nights",
)
async def nights(
    acting: Importing, parts: AppParts, limit: Limit = 50, cursor: Cursor = None
) -> Page[NightView]:
    """The import itself, with its changes and reports, is at `import_id`."""
    found = await read_nights(parts.database, acting.school_id, decode_id(cursor), limit + 1)
    items = [NightView.of(one) for one in found[:limit]]
    more = encode_cursor(str(items[-1].id)) if len(found) > limit else None
    return Page(items=items, next=more)
