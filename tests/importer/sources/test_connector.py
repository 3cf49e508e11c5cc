"""The importer as a client of the connector, over real HTTP."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from services.importer.sources.connector import ConnectorSource, SourceRefusedError
from shared.ids import new_id
from shared.roster.document import Header, PersonRecord, PersonRole, Record
from shared.roster.ndjson import DocumentReader, DocumentWriter, IncompleteDocumentError
from tests.fixtures.http import serving

KEY = "a-key-of-this-test"
SCHOOL = new_id()
HEADER = Header(
    source="somtoday",
    schooljaar="2026-2027",
    fetched_at=datetime(2026, 11, 24, tzinfo=UTC),
    complete_for=("pupil",),
)
PUPILS: list[Record] = [
    PersonRecord(key=str(at), ref=str(at), role=PersonRole.PUPIL, fields={"given_name": "Zoë"})
    for at in range(500)
]


def whole() -> list[bytes]:
    writer = DocumentWriter()
    return [*(writer.line(record) for record in [HEADER, *PUPILS]), writer.end()]


@dataclass
class Connector:
    """What the server answers, one after the other (the last one again), and what it was asked."""

    answers: list[Response]
    asked: list[Request] = field(default_factory=list)

    def app(self) -> FastAPI:
        made = FastAPI()

        @made.get("/v1/schools/{school_id}/roster")
        async def roster(school_id: UUID, request: Request) -> Response:
            self.asked.append(request)
            if request.headers["Authorization"] != f"Bearer {KEY}":
                return problem(401, "not_authenticated")
            if school_id != SCHOOL:
                return problem(404, "not_found")
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

        return made


def problem(status: int, code: object) -> Response:
    body = {"type": "about:blank", "status": status, "code": code}
    return JSONResponse(body, status, media_type="application/problem+json")


def stream(body: bytes, size: int, *, broken: bool = False) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), size):
            yield body[at : at + size]
        if broken:
            raise ConnectionAbortedError

    return StreamingResponse(pieces(), media_type="application/x-ndjson")


@asynccontextmanager
async def source(connector: Connector, key: str = KEY) -> AsyncIterator[ConnectorSource]:
    async with serving(lambda _: connector.app()) as url:
        made = ConnectorSource(url, key)
        try:
            yield made
        finally:
            await made.close()


async def refusal(connector: Connector, school: UUID = SCHOOL, key: str = KEY) -> str:
    async with source(connector, key) as opened:
        with pytest.raises(SourceRefusedError) as refused:
            _ = [line async for line in opened.lines(school)]
    assert KEY not in str(refused.value)
    return refused.value.code


@pytest.mark.parametrize("size", [7, 4096, 10_000_000])
async def test_a_whole_stream_gives_the_very_lines_however_it_is_cut(size: int) -> None:
    connector = Connector([stream(b"".join(whole()), size)])
    async with source(connector) as opened:
        lines = [line async for line in opened.lines(SCHOOL)]
    assert lines == whole()
    reader = DocumentReader()
    assert [reader.read(line) for line in lines][1:-1] == PUPILS
    reader.finish()
    assert connector.asked[0].headers["Accept"] == "application/x-ndjson"
    assert connector.asked[0].headers["Accept-Encoding"] == "identity"


async def test_a_connection_that_breaks_gives_an_incomplete_source() -> None:
    half = b"".join(whole()[:200])
    assert await refusal(Connector([stream(half, 1000, broken=True)])) == "source_incomplete"


@pytest.mark.parametrize("cut", [-1, -40])
async def test_a_stream_that_ends_early_is_no_document(cut: int) -> None:
    body = b"".join(whole()[:-1]) if cut == -1 else b"".join(whole())[:cut]
    reader = DocumentReader()
    async with source(Connector([stream(body, 4096)])) as opened:
        with pytest.raises(IncompleteDocumentError):
            async for line in opened.lines(SCHOOL):
                reader.read(line)
            reader.finish()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (problem(409, "koppeling_not_active"), "koppeling_not_active"),
        (problem(404, "not_found"), "not_found"),
        (problem(502, "source_unavailable"), "source_unavailable"),
        (problem(500, "internal_error"), "internal_error"),
        (problem(403, "not_allowed"), "source_unavailable"),
        (problem(418, "of_somebody_else"), "source_unavailable"),
        (problem(409, ["koppeling_not_active"]), "source_unavailable"),
        (problem(409, None), "source_unavailable"),
        (JSONResponse(["koppeling_not_active"], 409), "source_unavailable"),
        (Response("<h1>Bad gateway</h1>", 502, media_type="text/html"), "source_unavailable"),
        (Response(b"\xff\xfe{", 400), "source_unavailable"),
        (Response("", 302, {"Location": "https://example.org/"}), "source_unavailable"),
    ],
)
async def test_a_refusal_is_told_by_its_code_or_as_a_source_that_is_away(
    answer: Response, code: str
) -> None:
    connector = Connector([answer])
    assert await refusal(connector) == code
    assert len(connector.asked) == 1


async def test_a_school_that_the_connector_does_not_know() -> None:
    assert await refusal(Connector([problem(500, None)]), school=new_id()) == "not_found"


async def test_a_wrong_key_is_our_fault_and_not_that_of_the_school() -> None:
    assert await refusal(Connector([problem(500, None)]), key="wrong") == "source_unavailable"


async def test_a_connector_that_is_not_ready_is_asked_again() -> None:
    busy = problem(503, "unavailable")
    connector = Connector([busy, busy, stream(b"".join(whole()), 4096)])
    async with source(connector) as opened:
        assert len([line async for line in opened.lines(SCHOOL)]) == len(whole())
    assert len(connector.asked) == 3


async def test_a_connector_that_stays_busy_is_given_up() -> None:
    connector = Connector([problem(503, "unavailable")])
    assert await refusal(connector) == "source_unavailable"
    assert len(connector.asked) == 3


async def test_a_connector_that_is_not_there_is_a_source_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    away = ConnectorSource(f"http://127.0.0.1:{port}", KEY)
    with pytest.raises(SourceRefusedError) as refused:
        _ = [line async for line in away.lines(SCHOOL)]
    await away.close()
    assert refused.value.code == "source_unavailable"
