"""The roster document, for the importer and for other products."""

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import StreamingResponse

from services.connector.api.dependencies import Source
from services.connector.application.roster_if_changed import roster_if_changed
from services.connector.application.stream_roster import RosterSource, Whose, open_roster
from shared.auth.dependencies import api_caller
from shared.auth.principal import ApiCaller, Scope
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses
from shared.roster.document import MEDIA_TYPE

router = APIRouter(prefix="/v1", tags=["roster"])
RosterReader = Annotated[ApiCaller, Depends(api_caller(Scope.ROSTER_READ))]
IfNoneMatch = Annotated[
    str | None,
    Header(
        max_length=2000,
        description="ETags of rosters that the reader has: each the `content` of a trailer, quoted",
    ),
]
_ETAG = re.compile(r'"([0-9a-f]{64})"')
_LINES = (
    '{"kind":"header","version":"1","source":"somtoday","schooljaar":"2026-2027",'
    '"fetched_at":"2026-11-24T15:04:05Z","complete_for":["pupil","employee","stamgroep","lesgroep"]}\n'
    '{"kind":"group","key":"e997b69c-560f-4b74-ab39-dec7907fc5e7","ref":"e997b69c-560f-4b74-ab39-'
    'dec7907fc5e7","group_kind":"stamgroep","fields":{"name":"h4b","leerjaar":"4"}}\n'
)


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {MEDIA_TYPE: {"example": _LINES, "schema": {"type": "string"}}},
        "description": "Newline-delimited JSON: a header, records, and a trailer that proves "
        "the document whole. Without trailer it is not the school.",
    },
    304: {"description": "The roster is one of those that `If-None-Match` names."},
    **problem_responses(
        ErrorCode.NOT_FOUND, ErrorCode.KOPPELING_NOT_ACTIVE, ErrorCode.SOURCE_UNAVAILABLE
    ),
}


@router.get(
    "/schools/{school_id}/roster",
    summary="Stream a school's roster",
    operation_id="stream_roster",
    response_class=StreamingResponse,
    responses=_ANSWERS,
)
async def stream(
    school_id: UUID, caller: RosterReader, source: Source, if_none_match: IfNoneMatch = None
) -> Response:
    """Everyone whom the school opened for the key's product, as of today, read while you read."""
    return await _answer(source, Whose(caller.product, school_id=school_id), if_none_match)


@router.get(
    "/koppelingen/{koppeling_id}/roster",
    summary="Stream a koppeling's roster",
    operation_id="stream_roster_of_koppeling",
    response_class=StreamingResponse,
    responses=_ANSWERS,
)
async def stream_of_koppeling(
    koppeling_id: UUID, caller: RosterReader, source: Source, if_none_match: IfNoneMatch = None
) -> Response:
    """The same, for whoever knows the koppeling and not the school."""
    return await _answer(source, Whose(caller.product, koppeling_id=koppeling_id), if_none_match)


async def _answer(source: RosterSource, whose: Whose, if_none_match: str | None) -> Response:
    document = await open_roster(source, whose)
    known = _ETAG.findall(if_none_match or "")
    if not known:
        return StreamingResponse(document.lines(), media_type=MEDIA_TYPE)
    found = await roster_if_changed(document, known)
    if isinstance(found, str):
        return Response(status_code=304, headers={"ETag": f'"{found}"'})
    headers = {} if found.content is None else {"ETag": f'"{found.content}"'}
    return StreamingResponse(found.lines, media_type=MEDIA_TYPE, headers=headers)
