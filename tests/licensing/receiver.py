"""Another Kurve system that listens: a real HTTP server that checks signatures by itself."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response


def is_signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """As the Standard Webhooks specification tells receivers; not by the code under test."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    found = headers["webhook-signature"].split(" ")
    return any(hmac.compare_digest(signature, wanted) for signature in found)


@dataclass
class Receiver:
    """What came in, and what is answered: each status once, and then 204."""

    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/hook")
        async def take(request: Request) -> Response:
            self.got.append((dict(request.headers), await request.body()))
            status = self.answers.pop(0) if self.answers else 204
            return Response(status_code=status, headers=self.headers)

        return app

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    def all_signed_with(self, secret: str) -> bool:
        return all(is_signed(headers, body, secret) for headers, body in self.got)


def settings_of(body: dict[str, Any]) -> dict[str, Any]:
    """A webhook as it is listed, from the answer that showed its secret."""
    return {name: value for name, value in body.items() if name != "secret"}
