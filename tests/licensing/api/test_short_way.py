"""The short way of a start gives the answers of the ordinary way, and answers what is plain."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from services.licensing.api.short_way import ShortWay
from services.licensing.api.use_models import UseBody
from services.licensing.app import build
from services.licensing.settings import LicensingSettings
from shared.clock import now
from shared.ids import new_id
from tests.fixtures.http import http_client, serving
from tests.licensing.conftest import School

Make = Callable[[int], Awaitable[School]]
PATH = "/v1/license-uses"
JSON = ("Content-Type", "application/json")
_ODD = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(),
    some.floats(),
    some.text(max_size=8),
    some.sampled_from(["2026-11-24T08:30:00Z", "2026-11-24T08:30:00", "1764000000", 1764000000]),
    some.lists(some.integers(), max_size=1),
)
_FIELDS = {
    "person_id": some.just("01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10") | _ODD,
    "license_product": some.just("rekenen") | _ODD,
    "activity_kind": some.just("oefening") | _ODD,
    "activity_id": some.just("breuken-1") | _ODD,
    "started_at": some.just("2026-11-24T08:30:00+01:00") | _ODD,
}
_BODIES = some.fixed_dictionaries(_FIELDS, optional={"leergebied": _ODD, "extra": _ODD})


@dataclass(frozen=True)
class Call:
    """One start as it goes over the wire."""

    body: dict[str, Any]
    who: tuple[tuple[str, str], ...]
    query: str
    headers: tuple[tuple[str, str], ...] = (JSON,)
    content: bytes | None = None
    leave_out: frozenset[str] = field(default_factory=frozenset)

    async def send(self, url: str, client: httpx.AsyncClient) -> tuple[object, ...]:
        given = {name: value for name, value in self.body.items() if name not in self.leave_out}
        made = client.build_request(
            "POST",
            f"{url}{PATH}{self.query}",
            headers=[*self.who, *self.headers],
            json=given if self.content is None else None,
            content=self.content,
        )
        answer = await client.send(made)
        told = ("content-type", "www-authenticate")
        return answer.status_code, answer.content, *map(answer.headers.get, told)


@pytest.fixture(scope="module")
async def ordinary(licensing_settings: LicensingSettings) -> AsyncIterator[str]:
    app = build(licensing_settings)
    app.user_middleware = [one for one in app.user_middleware if one.cls is not ShortWay]
    async with serving(lambda _: app) as url:
        yield url


@pytest.fixture(scope="module")
async def routeless(licensing_settings: LicensingSettings) -> AsyncIterator[str]:
    app: FastAPI = build(licensing_settings)
    app.router.routes.clear()
    async with serving(lambda _: app) as url:
        yield url


def _variants(call: Call, other: UUID) -> Iterator[Call]:
    """Calls that differ from a plain one in one thing each."""
    yield call
    key = ("Idempotency-Key", str(new_id()))
    for headers in (
        (JSON, key),
        (JSON, key, ("Idempotency-Key", "other")),
        (JSON, ("Idempotency-Key", "")),
        (JSON, ("Idempotency-Key", "x" * 300)),
        (JSON, ("Idempotency-Key", "a\tb")),
        (("Content-Type", "application/json; charset=utf-8"),),
        (("Content-Type", "text/plain"),),
        (JSON, ("Accept", "text/html"), ("X-Request-Id", "kort")),
    ):
        yield replace(call, headers=headers)
    [(name, credential)] = call.who
    token = credential.removeprefix("Bearer ")
    for said in (f"bearer {token}", f"Bearer  {token}", "Bearer", f"Basic {token}", "Bearer x.y"):
        yield replace(call, who=((name, said),))
    yield replace(call, who=())
    for twice in ((credential, "Bearer x.y"), ("Bearer x.y", credential)):
        yield replace(call, who=tuple((name, said) for said in twice))
    for query in (
        *("", f"?school_id={other}", "?school_id=", "?school_id=x", "?other=1"),
        *(f"{call.query}{'&' if call.query else '?'}school_id={other}", f"?school_id={other.hex}"),
    ):
        yield replace(call, query=query)
    for name in call.body:
        yield replace(call, leave_out=frozenset({name}))
        for value in (None, "", "x" * 5000, 7, "a\nb", [1]):
            yield replace(call, body={**call.body, name: value})
    yield replace(call, body={**call.body, "unknown": 1})
    yield replace(call, body={**call.body, "person_id": str(new_id())})
    for content in (b"", b"{", b"[]", b"null", b"\xff", b"[" * 5000, b'{"person_id": "\\ud800"}'):
        yield replace(call, content=content)


@pytest.fixture
async def plain(school_with: Make) -> list[Call]:
    """What a pupil and what Numo would send."""
    school = await school_with(5)
    calls = []
    for number in range(2):
        pupil = await school.person()
        body = {
            "person_id": str(pupil),
            "license_product": "rekenen",
            "activity_kind": "oefening",
            "activity_id": f"breuken-{number}",
            "started_at": now().isoformat(),
        }
        token = await school.issuer.headers(school=school.id, role="leerling", person=pupil)
        who = school.numo if number else token
        query = f"?school_id={school.id}" if number else ""
        calls.append(Call(body, tuple(who.items()), query))
    return calls


@settings(max_examples=200)
@given(body=_BODIES, ascii_only=some.booleans())
def test_a_body_that_the_short_way_takes_is_the_ordinary_one(
    *, body: dict[str, Any], ascii_only: bool
) -> None:
    with suppress(UnicodeEncodeError, ValidationError):
        raw = json.dumps(body, ensure_ascii=ascii_only).encode()
        taken = UseBody.model_validate_json(raw)
        assert taken == UseBody.model_validate(json.loads(raw))


async def test_both_ways_answer_alike(
    plain: list[Call], licensing_url: str, ordinary: str, new_school: Callable[..., Any]
) -> None:
    other = await new_school()
    statuses = set()
    async with http_client() as client:
        for call in plain:
            for variant in _variants(call, other):
                found = await variant.send(licensing_url, client)
                assert found == await variant.send(ordinary, client), variant
                statuses.add(found[0])
    assert statuses >= {201, 401, 404, 422}


async def test_what_is_plain_needs_no_framework(plain: list[Call], routeless: str) -> None:
    async with http_client() as client:
        for call in plain:
            assert (await call.send(routeless, client))[0] == 201
            unsure = replace(call, headers=(("Content-Type", "application/json; charset=utf-8"),))
            assert (await unsure.send(routeless, client))[0] == 404
