"""The largest body a request may have, refused before anybody reads or parses it."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.problem_handlers import problem


class BodyLimit:
    """ASGI middleware: answers body_too_large as soon as a body is, whatever it claims to be.

    Bodies are parsed before the caller is known, so the limit is what an unknown caller can make
    us hold in memory.
    """

    def __init__(self, app: ASGIApp, most_bytes: int, larger: Mapping[str, int]) -> None:
        """Wrap an app; `larger` names paths that may take more."""
        self._app = app
        self._most = most_bytes
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._most)
        counted = _Counted(receive, send, most)
        if _claimed(scope) > most:
            counted.is_over = True
        else:
            await counted.run(self._app, scope)
        if counted.is_over and not counted.has_begun:
            await problem(Refusal(ErrorCode.BODY_TOO_LARGE))(scope, receive, send)


class _Counted:
    """One request whose body is counted while it comes in."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive = receive
        self._send = send
        self._left = most
        self.is_over = False
        self.has_begun = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await app(scope, self._next, self._answer)
        except Exception:
            if not self.is_over:
                raise

    async def _next(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.is_over = True
            # To the app the caller is gone; to the caller the answer is ours.
            return {"type": "http.disconnect"}
        return message

    async def _answer(self, message: Message) -> None:
        if self.is_over and not self.has_begun:
            return
        self.has_begun = True
        await self._send(message)


def _claimed(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
