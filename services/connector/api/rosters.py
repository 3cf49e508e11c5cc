"""The roster document, for the importer and for other products."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import StreamingResponse

from services.connector.api.dependencies import Source
from services.connector.application.roster_if_changed import roster_if_changed
from services.connector.application.stream_roster import RosterSource, Whose, open_roster
from shared.auth.dependencies import api_caller
from shared.auth.principal import ApiCaller, Scope
from shared.content_coding import Coding, acceptable, coded
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses
from shared.roster.document import MEDIA_TYPE

router = APIRouter(prefix="/v1", tags=["roster"])
RosterReader = Annotated[ApiCaller, Depends(api_caller(Scope.ROSTER_READ))]
IfNoneMatch = Annotated[
    str | None,
    Header(
        max_length=2000,
        description="ETags of rosters that the reader has: the `content` of a trailer, quoted; "
        "`-zstd` or `-gzip` follows it inside the quotes when it was read in that coding",
    ),
]
AcceptEncoding = Annotated[
    str | None, Header(max_length=500, description="zstd and gzip are offered", examples=["zstd"])
]
_ETAG = re.compile(r'"([0-9a-f]{64})(?:-(zstd|gzip))?"')
_VARY = {"Vary": "Accept-Encoding"}
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
    school_id: UUID,
    caller: RosterReader,
    source: Source,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = None,
) -> Response:
    """Everyone whom the school opened for the key's product, as of today, read while you read."""
    whose = Whose(caller.product, school_id=school_id)
    return await _answer(source, whose, if_none_match, acceptable(accept_encoding))


@router.get(
    "/koppelingen/{koppeling_id}/roster",
    summary="Stream a koppeling's roster",
    operation_id="stream_roster_of_koppeling",
    response_class=StreamingResponse,
    responses=_ANSWERS,
)
async def stream_of_koppeling(
    koppeling_id: UUID,
    caller: RosterReader,
    source: Source,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = None,
) -> Response:
    """The same, for whoever knows the koppeling and not the school."""
    whose = Whose(caller.product, koppeling_id=koppeling_id)
    return await _answer(source, whose, if_none_match, acceptable(accept_encoding))


async def _answer(
    source: RosterSource, whose: Whose, if_none_match: str | None, codings: list[Coding]
) -> Response:
    document = await open_roster(source, whose)
    # A strong tag is that of one coding (RFC 9110, section 8.8.3.3). Of the codings that a reader
    # takes we are free to choose the one that it has already.
    had = _ETAG.findall(if_none_match or "")
    known = {
        content: coding
        for content, coding in ((content, Coding(name or "identity")) for content, name in had)
        if coding in codings
    }
    if not known:
        return _streamed(document.lines(), codings[0], _VARY)
    found = await roster_if_changed(document, known)
    if isinstance(found, str):
        headers = {**_VARY, "ETag": _etag(found, known[found])}
        return Response(status_code=304, headers=headers)
    tag = {} if found.content is None else {"ETag": _etag(found.content, codings[0])}
    return _streamed(found.lines, codings[0], {**_VARY, **tag})


def _streamed(
    lines: AsyncIterator[bytes], coding: Coding, headers: Mapping[str, str]
) -> StreamingResponse:
    if coding is Coding.IDENTITY:
        return StreamingResponse(lines, media_type=MEDIA_TYPE, headers=headers)
    encoded = {**headers, "Content-Encoding": coding.value}
    return StreamingResponse(coded(lines, coding), media_type=MEDIA_TYPE, headers=encoded)


def _etag(content: str, coding: Coding) -> str:
    return f'"{content}"' if coding is Coding.IDENTITY else f'"{content}-{coding}"'
