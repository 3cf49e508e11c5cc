"""What stands where the connector stands: a real HTTP server that says what a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse


@dataclass
class Answer:
    """One school's roster, or a refusal.

    Stalls after some lines until `goes_on` is set, or dies after some. `compares` with what the
    reader knows, as the connector does.
    """

    lines: list[bytes] = field(default_factory=list)
    status: int = 200
    code: str = ""
    stalls_after: int | None = None
    dies_after: int | None = None
    compares: bool = False
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def tag(self) -> str:
        """The ETag of the document."""
        return f'"{json.loads(self.lines[-1])["content"]}"'

    async def stream(self) -> AsyncIterator[bytes]:
        """The lines, one piece each."""
        for at, line in enumerate(self.lines):
            if at == self.stalls_after:
                await self.goes_on.wait()
            if at == self.dies_after:
                raise ConnectionResetError
            yield line


class RosterSource:
    """The connector's roster endpoint; what it says is set per school."""

    def __init__(self) -> None:
        """Begin without schools."""
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, str | None, str | None]] = []
        # Schools whose reader knew the roster already.
        self.unread: list[str] = []

    def say(self, school_id: UUID, answer: Answer) -> Answer:
        """Answer so from now on."""
        self.answers[str(school_id)] = answer
        return answer

    def times_asked(self, school_id: UUID) -> int:
        """How often a school's roster was asked for."""
        return sum(school == str(school_id) for school, _, _ in self.seen)

    def app(self) -> FastAPI:
        """The server's app."""
        app = FastAPI()

        @app.get("/v1/schools/{school_id}/roster")
        async def roster(school_id: str, request: Request) -> Response:
            sent = request.headers
            self.seen.append((school_id, sent.get("authorization"), sent.get("x-request-id")))
            answer = self.answers.get(school_id, Answer(status=404, code="not_found"))
            if answer.status != 200:
                return JSONResponse({"code": answer.code}, answer.status)
            if answer.compares and sent.get("if-none-match") == answer.tag:
                self.unread.append(school_id)
                return Response(status_code=304)
            return StreamingResponse(answer.stream(), media_type="application/x-ndjson")

        return app
