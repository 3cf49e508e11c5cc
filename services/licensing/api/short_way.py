"""The short way of a start: what nearly every call is, without a framework around it.

Routing, dependencies and their stacks took more of a processor than all that a start is about. So
a call that is plainly right is answered here, by the very function, models and checks that its
route declares. Whatever else comes (a field that does not fit, a header twice, a body in pieces)
goes the ordinary way untouched: only there is said what is wrong with a request.
"""

import re
from dataclasses import dataclass
from uuid import UUID

from fastapi import FastAPI, Response, status
from pydantic import TypeAdapter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.licensing.api.dependencies import may_start
from services.licensing.api.use_models import UseBody
from services.licensing.api.uses import router, start
from shared.auth.acting import SchoolId
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import IdempotencyKey
from shared.problem_handlers import problem

[_ROUTE] = [route for route in router.routes if getattr(route, "endpoint", None) is start]
_PATH: str = _ROUTE.path  # type: ignore[attr-defined]
_JSON = "application/json"
# As most clients write it; other spellings of the same go the ordinary way.
_SCHOOL = re.compile(rb"school_id=([0-9a-f-]{36})")
_SCHOOL_ID: TypeAdapter[UUID | None] = TypeAdapter(SchoolId)
_KEY: TypeAdapter[str | None] = TypeAdapter(IdempotencyKey)


@dataclass(frozen=True)
class _Call:
    credential: str
    school_id: UUID | None
    key: str | None
    body: UseBody


class ShortWay:
    """ASGI middleware next to the app: answers plain starts, and hands on all else."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI 3)."""
        if scope["type"] != "http" or scope["path"] != _PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        message = await receive()
        call = _plain(scope, message)
        if call is None:
            await self._app(scope, _put_back(message, receive), send)
            return
        scope["route"] = _ROUTE
        answer = await _answer(scope["app"], call)
        await answer(scope, receive, send)


async def _answer(app: FastAPI, call: _Call) -> Response:
    try:
        principal = await app.state.authenticator.principal(call.credential)
        acting = await may_start(principal, call.school_id)
        use = await start(call.body, acting, app.state.turnstile, call.key)
    except Refusal as refusal:
        return problem(refusal)
    return Response(use.model_dump_json(), status.HTTP_201_CREATED, media_type=_JSON)


def _plain(scope: Scope, message: Message) -> _Call | None:
    """What is asked, when nothing about it is in doubt."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    scheme, _, credential = headers.get(b"authorization", b"").partition(b" ")
    if (
        message.get("more_body", True)
        or len(headers) != len(scope["headers"])
        or headers.get(b"content-type") != _JSON.encode()
        or scheme != b"Bearer"
        or not credential.strip()
    ):
        return None
    key = headers.get(b"idempotency-key")
    try:
        return _Call(
            credential.strip().decode("latin-1"),
            _school_id(scope["query_string"]),
            None if key is None else _KEY.validate_python(key.decode("latin-1")),
            UseBody.model_validate_json(message["body"]),
        )
    except ValueError:
        return None


def _school_id(query: bytes) -> UUID | None:
    if not query:
        return None
    found = _SCHOOL.fullmatch(query)
    if found is None:
        msg = "not as most clients write it"
        raise ValueError(msg)
    return _SCHOOL_ID.validate_python(found[1].decode())


def _put_back(message: Message, receive: Receive) -> Receive:
    first = [message]

    async def receive_again() -> Message:
        return first.pop() if first else await receive()

    return receive_again
