"""The end of every request that fails on our side: a problem for the caller, no name in a log."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors.codes import ErrorCode
from shared.errors.nameless import NamelessError
from shared.errors.refusal import Refusal
from shared.problem_handlers import problem
from shared.telemetry import get_logger


class FailureMiddleware:
    """ASGI middleware: answers internal_error, or breaks off an answer that has begun.

    Starlette's own handler would answer as well, and then hand the error on to uvicorn, which
    logs its text.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI 3)."""
        begun = False

        async def send_noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text stays here
            failed = NamelessError(error)
            get_logger().error("request_failed", error=str(failed))
            if scope["type"] != "http" or begun:
                # Whoever reads the answer must not take it for whole.
                raise failed from None
            await problem(Refusal(ErrorCode.INTERNAL_ERROR))(scope, receive, send)
