"""Structured logs with one request id through HTTP and jobs, and Prometheus metrics."""

import logging
import sys
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO, cast

import structlog
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars, get_contextvars

from shared.foreign_lines import adopt_foreign_lines
from shared.ids import new_id

_Event = MutableMapping[str, Any]

REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID_LENGTH = 64
# A second fence behind the rule that no personal data is logged at all.
_NEVER_LOGGED = frozenset(
    [
        "name",
        "given_name",
        "prefix",
        "family_name",
        "email",
        "username",
        "pupil_number",
        "eck_id",
        "real_id",
        "token",
        "secret",
        "password",
        "authorization",
        "api_key",
        "contact_email",
        "body",
    ]
)

REQUESTS = Counter("http_requests", "Answered requests", ["service", "method", "route", "status"])
REQUEST_SECONDS = Histogram("http_request_seconds", "Time to answer", ["service", "route"])
JOBS = Counter("jobs", "Finished jobs", ["service", "job", "outcome"])
IMPORT_NIGHTS = Counter("import_nights", "Nights of scheduled imports that ended", ["outcome"])
OPEN_QUESTIONS = Gauge(
    "koppeling_end_open_questions",
    "Schools that did not say what becomes of their people, in time or late",
    ["answer"],
)


class _StandardError:
    """Standard error as it is when a line is written: whoever redirects it, redirects the log."""

    def write(self, text: str) -> None:
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _redact(_: object, __: str, event: _Event) -> _Event:
    for key in _NEVER_LOGGED & event.keys():
        event[key] = "[redacted]"
    return event


def configure_logging(service: str, level: str) -> None:
    """One JSON object a line on standard error, each with the service and the request id.

    That holds for all lines of the process, also those of libraries.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]

    def name_service(_: object, __: str, event: _Event) -> _Event:
        # Not a context variable: of those, threads and a process's last words have none.
        event.setdefault("service", service)
        return event

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            name_service,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
    )
    adopt_foreign_lines()


def get_logger() -> Any:  # noqa: ANN401 - structlog binds its type at run time
    """The structured logger; pass facts as keywords, never as text, never a person's data."""
    return structlog.get_logger()


def current_request_id() -> str:
    """The id of the request or job under way, or a new one."""
    return str(get_contextvars().get("request_id") or new_id())


@contextmanager
def request_context(request_id: str | None, **facts: str) -> Iterator[None]:
    """Run a block whose log lines and outgoing calls carry this request id."""
    with bound_contextvars(request_id=request_id or str(new_id()), **facts):
        yield


def _wanted_id(scope: Scope) -> str | None:
    for key, value in scope["headers"]:
        if key == b"x-request-id":
            text = value.decode("latin-1")[:_REQUEST_ID_LENGTH]
            return text if text.isascii() and text.replace("-", "").isalnum() else None
    return None


class RequestTelemetry:
    """ASGI middleware: request id in and out, one log line and the metrics of each request."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        """Wrap an app; `service` labels its metrics."""
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()
        with request_context(_wanted_id(scope)):
            request_id = current_request_id()

            async def send_with_id(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    message["headers"].append((b"x-request-id", request_id.encode()))
                await send(message)

            try:
                await self._app(scope, receive, send_with_id)
            finally:
                self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's template, never the path: a path may hold an id, and metrics live long.
        route = getattr(scope.get("route"), "path", "unmatched")
        REQUESTS.labels(self._service, scope["method"], route, status).inc()
        REQUEST_SECONDS.labels(self._service, route).observe(seconds)
        if route not in {"/healthz", "/readyz", "/metrics"}:
            get_logger().info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )
