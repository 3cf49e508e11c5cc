"""One call to Somtoday: retried where that is safe, and only ever JSON."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import httpx
import stamina
from prometheus_client import Counter
from pydantic_core import from_json

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.circuits import Circuits
from services.connector.somtoday.errors import SourceUnavailableError
from services.connector.somtoday.pace import Pace
from shared.clock import now

CALLS = Counter("somtoday_calls", "Answers of Somtoday", ["kind", "status"])
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_EXPONENT = 2
Body = TypeVar("Body")


class _PassingError(Exception):
    """An answer that may be better the next time."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answer(Generic[Body]):
    """A status and, only when it is 200, what was read from the JSON that came with it."""

    status: int
    body: Body | None


@dataclass(frozen=True)
class Call:
    """What is asked; none of the calls we make changes anything at Somtoday."""

    kind: str
    method: str
    url: str
    params: Sequence[tuple[str, str]] = ()
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    organisation: str | None = None


class Caller:
    """Makes calls, with the patience that the settings give it."""

    def __init__(
        self,
        settings: ConnectorSettings,
        http: httpx.AsyncClient,  # noqa: TID251 - its type
        pace: Pace,
    ) -> None:
        """Take the settings, a client that the owner of this object closes, and the pace."""
        self._settings = settings
        self._http = http
        self._pace = pace
        self._circuits = Circuits(settings)
        self._room = asyncio.Semaphore(settings.somtoday_concurrency)

    async def call(self, call: Call, read: Callable[[bytes], Body]) -> Answer[Body]:
        """The answer to a call, after at most `somtoday_attempts` tries.

        `read` makes of the JSON what the caller wants; its ValueError counts as a cut answer.

        Raises:
            SourceUnavailableError: no usable answer came, or none did for a while.

        """
        with self._circuits.guarding(call.organisation) as still_allowed:
            return await self._patiently(call, read, still_allowed)

    async def _patiently(
        self, call: Call, read: Callable[[bytes], Body], still_allowed: Callable[[], None]
    ) -> Answer[Body]:
        wanted = self._settings
        retries = stamina.retry_context(
            on=self._wait,
            attempts=wanted.somtoday_attempts,
            timeout=None,
            wait_initial=wanted.somtoday_wait_seconds,
            wait_max=wanted.somtoday_longest_wait_seconds,
            wait_jitter=wanted.somtoday_wait_seconds,
            wait_exp_base=_EXPONENT,
        )
        try:
            async for attempt in retries:
                with attempt:
                    return await self._once(call, read, still_allowed)
        except (_PassingError, httpx.HTTPError) as error:
            msg = f"{call.kind}: {type(error).__name__}"
            raise SourceUnavailableError(msg) from None
        raise SourceUnavailableError(call.kind)

    def _wait(self, error: Exception) -> bool | float:
        if isinstance(error, _PassingError) and error.retry_after is not None:
            patient = error.retry_after <= self._settings.somtoday_longest_wait_seconds
            # Zero would count as "do not retry".
            return max(error.retry_after, 0.001) if patient else False
        return isinstance(error, _PassingError | httpx.TransportError)

    async def _once(
        self, call: Call, read: Callable[[bytes], Body], still_allowed: Callable[[], None]
    ) -> Answer[Body]:
        async with self._room:
            # Whoever stands in line when a circuit opens takes no turn, and makes no call.
            still_allowed()
            async with self._pace.turn():
                still_allowed()
                response = await self._http.request(
                    call.method,
                    call.url,
                    params=list(call.params),
                    data=call.form,
                    headers=call.headers,
                )
        CALLS.labels(call.kind, response.status_code).inc()
        if response.status_code in _PASSING or response.is_server_error:
            retry_after = _retry_after(response)
            if response.status_code == HTTPStatus.TOO_MANY_REQUESTS and retry_after:
                await self._pace.pause(retry_after)
            raise _PassingError(str(response.status_code), retry_after)
        if response.status_code != HTTPStatus.OK:
            return Answer(response.status_code, None)
        # Maintenance at Somtoday is an HTML page with status 200 (seen by public clients).
        if "json" not in response.headers.get("content-type", ""):
            msg = f"{call.kind}: not JSON"
            raise SourceUnavailableError(msg)
        try:
            return Answer(HTTPStatus.OK, read(response.content))
        except ValueError:
            msg = "truncated"
            raise _PassingError(msg) from None


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds, from a number of them or from a date (RFC 9110, section 10.2.3)."""
    given = response.headers.get("Retry-After", "")
    with suppress(ValueError):
        return max(0.0, float(given))
    # A date without a zone cannot be told from now.
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(given) - now()).total_seconds())
    return None


def read_object(content: bytes) -> Mapping[str, Any]:
    """The JSON object that came.

    Raises:
        ValueError: not JSON to its end, or it holds half a surrogate pair, which nobody could
            store.
        SourceUnavailableError: JSON, but no object.

    """
    body = from_json(content)
    if not isinstance(body, dict):
        msg = "not an object"
        raise SourceUnavailableError(msg)
    return body
