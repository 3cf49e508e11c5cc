"""The one factory of outgoing HTTP clients: time-outs on every phase, no redirects, request id."""

import ssl
from collections.abc import Mapping
from functools import cache

import httpx

from shared.telemetry import REQUEST_ID_HEADER, current_request_id

_TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=10.0, pool=10.0)
_LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10)
_ONE_CALL_EACH = httpx.Limits(max_connections=20, max_keepalive_connections=0)


@cache
def _public_authorities() -> ssl.SSLContext:
    # Reading all of them takes 20 ms of processor; a context may serve any number of clients.
    return httpx.create_ssl_context(trust_env=False)


async def _add_request_id(request: httpx.Request) -> None:
    request.headers[REQUEST_ID_HEADER] = current_request_id()


def new_client(
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    timeout: httpx.Timeout = _TIMEOUT,
    *,
    keep_alive: bool = True,
    trust: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """A client for one peer; the caller closes it.

    `trust` says whose certificates are taken; left out, those of the public authorities.
    Redirects are not followed: a bearer token must never travel to another host.
    """
    return httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        verify=_public_authorities() if trust is None else trust,
        timeout=timeout,
        limits=_LIMITS if keep_alive else _ONE_CALL_EACH,
        follow_redirects=False,
        trust_env=False,
        event_hooks={"request": [_add_request_id]},
    )
