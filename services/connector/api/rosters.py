"""The roster document, for the importer and for other products."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from services.connector.api.dependencies import Source
from services.connector.application.stream_roster import stream_roster
from shared.auth.dependencies import api_caller
from shared.auth.principal import ApiCaller, Scope
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses
from shared.roster.document import MEDIA_TYPE

router = APIRouter(prefix="/v1/schools", tags=["roster"])
RosterReader = Annotated[ApiCaller, Depends(api_caller(Scope.ROSTER_READ))]
_LINES = (
    '{"kind":"header","version":"1","source":"somtoday","schooljaar":"2026-2027",'
    '"fetched_at":"2026-11-24T15:04:05Z","complete_for":["pupil","employee","stamgroep","lesgroep"]}\n'
    '{"kind":"group","key":"e997b69c-560f-4b74-ab39-dec7907fc5e7","ref":"e997b69c-560f-4b74-ab39-'
    'dec7907fc5e7","group_kind":"stamgroep","fields":{"name":"h4b","leerjaar":"4"}}\n'
)


@router.get(
    "/{school_id}/roster",
    summary="Stream a school's roster",
    operation_id="stream_roster",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {MEDIA_TYPE: {"example": _LINES, "schema": {"type": "string"}}},
            "description": "Newline-delimited JSON: a header, records, and a trailer that proves "
            "the document whole. Without trailer it is not the school.",
        },
        **problem_responses(
            ErrorCode.NOT_FOUND, ErrorCode.KOPPELING_NOT_ACTIVE, ErrorCode.SOURCE_UNAVAILABLE
        ),
    },
)
async def stream(school_id: UUID, caller: RosterReader, source: Source) -> StreamingResponse:
    """Everyone whom the school opened for the key's product, as of today, read while you read."""
    lines = await stream_roster(source, school_id, caller.product)
    return StreamingResponse(lines, media_type=MEDIA_TYPE)
