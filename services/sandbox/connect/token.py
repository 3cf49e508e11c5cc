"""The token endpoint: client credentials, one organisation per token."""

import base64
import binascii
import json
import secrets
from typing import cast
from urllib.parse import parse_qs, unquote_plus

from fastapi import APIRouter, Request, Response

from services.sandbox.state import Sandbox

router = APIRouter()


def _refuse(status: int, error: str, description: str) -> Response:
    body = {"error": error, "error_description": description}
    return Response(json.dumps(body), status, media_type="application/json")


def _basic(header: str) -> tuple[str, str]:
    try:
        decoded = base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    client, _, secret = decoded.partition(":")
    return unquote_plus(client), unquote_plus(secret)


async def _read(request: Request) -> dict[str, str]:
    given = parse_qs(request.url.query)
    given |= parse_qs((await request.body()).decode(errors="replace"))
    form = {key: values[-1] for key, values in given.items()}
    if (header := request.headers.get("authorization", "")).startswith("Basic "):
        form["client_id"], form["client_secret"] = _basic(header)
    return form


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())


@router.post("/oauth2/token")
@router.post("/oauth2/token/")
async def issue_token(request: Request) -> Response:
    """Give a token for the organisation of the query, or an OAuth error."""
    sandbox = cast("Sandbox", request.app.state.sandbox)
    form = await _read(request)
    if form.get("grant_type") != "client_credentials":
        return _refuse(400, "unsupported_grant_type", "grant_type must be client_credentials")
    settings = sandbox.settings
    known = _same(form.get("client_id", ""), settings.client_id)
    if not (_same(form.get("client_secret", ""), settings.client_secret) and known):
        return _refuse(401, "invalid_client", "unknown client or wrong secret")
    brin = sandbox.brin_of(form.get("organisation", ""))
    if brin is None:
        return _refuse(400, "invalid_request", "unknown organisation")
    body = {
        "access_token": sandbox.issue_token(brin),
        "token_type": "Bearer",
        "expires_in": settings.token_seconds,
    }
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(body), headers=headers, media_type="application/json")
