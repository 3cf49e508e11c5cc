"""A Somtoday over real HTTP that sends given rows, for what the sandbox never does."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.open import open_somtoday
from shared.crypto import SecretBox
from tests.connector.kurve import SECRET

ACCESS = Access("numo", "numo", SecretStr(SECRET), UUID(int=5))
STRUCTURE = {"plaatsingen": True, "lesgroepen": True}


@dataclass
class StandIn:
    """Rows by vestiging and kind, veldpermissies by kind, and what was asked."""

    rows: Mapping[tuple[str, Kind], list[dict[str, Any]]] = field(default_factory=dict)
    rights: Mapping[Kind, dict[str, Any] | None] = field(default_factory=dict)
    forgets_offset: bool = False
    answer: Response | None = None
    asked: list[str] = field(default_factory=list)

    def answered(self, path: str, query: Mapping[str, str]) -> Any:
        """What it says to one question."""
        self.asked.append(path)
        return self.answer or self._page(path, query)

    def _page(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        site, _, name = path.removeprefix("connect/vestiging/").partition("/")
        kind = next(kind for kind in Kind if kind.path == name)
        offset = 0 if self.forgets_offset else int(query["offset"])
        page = self.rows.get((site, kind), [])[offset:][: int(query["amount"])]
        rights = self.rights.get(kind, STRUCTURE if kind is Kind.LEERLING else {})
        return {kind.wrapper: page} | ({} if rights is None else {"veldpermissies": rights})


@dataclass
class Stage:
    """Where a stand-in can be reached while it plays."""

    settings: ConnectorSettings
    playing: StandIn = field(default_factory=StandIn)

    @asynccontextmanager
    async def client(self, stand_in: StandIn) -> AsyncIterator[SomtodayClient]:
        """A client of this stand-in."""
        self.playing = stand_in
        async with open_somtoday(self.settings, SecretBox(self.settings.encryption_keys)) as client:
            yield client

    def app(self) -> FastAPI:
        """Somtoday, as the stand-in of the moment plays it."""
        app = FastAPI()

        @app.post("/token")
        async def token() -> dict[str, str]:
            return {"access_token": "een-token"}

        @app.get("/{path:path}")
        async def collection(path: str, request: Request) -> Any:
            return self.playing.answered(path, request.query_params)

        return app
