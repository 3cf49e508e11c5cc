"""What every service has: health, readiness, metrics, and problems for whatever goes wrong."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from deploy.local.programs import free_port
from shared.api_app import build_api
from shared.paging import Limit
from shared.settings import ServiceSettings
from tests.fixtures.http import http_client, serving


class _Settings(ServiceSettings, env_prefix="LICENSING_"):
    pass


_MEGABYTE = 1024 * 1024
router = APIRouter()


class _Asked(BaseModel):
    colour: str | None = None


@router.get("/lists")
async def lists(asked: Annotated[_Asked, Query()], limit: Limit = 100) -> str:
    return f"{asked.colour} {limit}"


@router.post("/takes")
async def takes(body: Annotated[dict[str, Any], Body()]) -> int:
    return len(body)


@router.post("/takes-more")
async def takes_more(request: Request) -> int:
    return sum([len(piece) async for piece in request.stream()])


@router.get("/fails")
async def fails() -> None:
    msg = "a message that names Fenna"
    raise RuntimeError(msg)


@router.get("/breaks-off")
async def breaks_off() -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        yield b"a line\n"
        msg = "a message that names Fenna"
        raise RuntimeError(msg)

    return StreamingResponse(lines())


def _app(settings: _Settings) -> Any:
    return serving(
        lambda _: build_api(
            "licensing",
            settings,
            description="A test",
            routers=[router],
            larger_bodies={"/takes-more": 3 * _MEGABYTE},
        )
    )


@pytest.mark.parametrize(
    ("away", "ready"),
    [
        (None, {"ready": True, "database": True, "redis": True}),
        ("redis_url", {"ready": False, "database": True, "redis": False}),
        ("database_url", {"ready": False, "database": False, "redis": True}),
    ],
)
async def test_a_service_is_ready_only_when_its_parts_answer(
    settings_for: Callable[..., Any], away: str | None, ready: dict[str, bool]
) -> None:
    nowhere = {
        "redis_url": f"redis://127.0.0.1:{free_port()}/0",
        "database_url": f"postgresql://nobody:x@127.0.0.1:{free_port()}/x",
    }
    given = {} if away is None else {away: nowhere[away]}
    async with _app(settings_for(_Settings, **given)) as url, http_client() as client:
        answer = await client.get(f"{url}/readyz")
        assert (await client.get(f"{url}/healthz")).status_code == 200
    assert answer.json() == ready
    assert answer.status_code == (200 if ready["ready"] else 503)


async def test_what_fails_on_our_side_is_a_problem_that_tells_nothing(
    settings_for: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    async with _app(settings_for(_Settings)) as url, http_client() as client:
        answer = await client.get(f"{url}/fails")
        unknown = await client.get(f"{url}/nothing")
        method = await client.delete(f"{url}/fails")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["X-Request-ID"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "niets verloren" in answer.json()["detail"]
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert "Fenna" not in answer.text
    assert "Fenna" not in capfd.readouterr().err


async def test_a_query_parameter_that_no_route_declares_is_refused_by_its_name(
    settings_for: Callable[..., Any],
) -> None:
    async with _app(settings_for(_Settings)) as url, http_client() as client:
        known = await client.get(f"{url}/lists", params={"colour": "red", "limit": 3})
        unknown = await client.get(f"{url}/lists?color=red&limit=3&x=1&x=2&{'y' * 1000}=1")
        written = await client.post(f"{url}/takes?dry_run=true", json={"a": 1})
        health = await client.get(f"{url}/healthz?at=1")
    assert (known.status_code, known.json()) == (200, "red 3")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_request")
    assert unknown.json()["errors"] == [
        {"field": name, "message": "deze parameter bestaat niet"}
        for name in ("color", "x", "y" * 100)
    ]
    assert [one["field"] for one in written.json()["errors"]] == ["dry_run"]
    assert health.status_code == 200


async def test_an_answer_that_breaks_off_is_not_taken_for_whole(
    settings_for: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    async with _app(settings_for(_Settings)) as url, http_client() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"{url}/breaks-off")
    logged = capfd.readouterr().err
    told = [line["event"] for line in map(json.loads, logged.splitlines())]
    assert told.count("request_failed") == 1
    assert "Exception in ASGI application" not in told, "the same thing twice"
    assert '"error": "RuntimeError at ' in logged
    assert "Fenna" not in logged


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65_536 + 1):
        yield b"x" * 65_536


async def test_a_body_is_refused_as_soon_as_it_is_too_large(
    settings_for: Callable[..., Any],
) -> None:
    async with _app(settings_for(_Settings)) as url, http_client() as client:
        small = await client.post(f"{url}/takes", json={"a": 1})
        told = await client.post(f"{url}/takes", content=b"[" * (_MEGABYTE + 1))
        untold = await client.post(f"{url}/takes", content=_pieces(2 * _MEGABYTE))
        more = await client.post(f"{url}/takes-more", content=_pieces(2 * _MEGABYTE))
        too_much = await client.post(f"{url}/takes-more", content=_pieces(4 * _MEGABYTE))
    assert (small.status_code, small.json()) == (200, 1)
    assert more.json() > 2 * _MEGABYTE
    for refused in (told, untold, too_much):
        assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
        assert refused.headers["X-Request-ID"]


async def test_an_answer_to_many_mistakes_is_short(settings_for: Callable[..., Any]) -> None:
    async with _app(settings_for(_Settings)) as url, http_client() as client:
        answer = await client.post(f"{url}/takes", json=["x" * 1000] * 300)
    assert answer.status_code == 422
    assert len(answer.content) < 2000
