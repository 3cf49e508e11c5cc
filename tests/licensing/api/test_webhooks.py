"""Webhooks, kept by ops."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from shared.ids import new_id
from tests.licensing.conftest import School
from tests.licensing.receiver import settings_of

Make = Callable[[int], Awaitable[School]]
ApiKey = Callable[..., Awaitable[dict[str, str]]]
URL = "http://127.0.0.1:9/hook"


@pytest.fixture
async def school(school_with: Make) -> School:
    return await school_with(0)


async def make(
    school: School, who: dict[str, str], key: str | None = None, **given: Any
) -> httpx.Response:
    body = {"url": URL, "events": ["license.pool_low"], **given}
    headers = {**who, "Idempotency-Key": key or str(new_id())}
    return await school.client.post("/v1/webhooks", json=body, headers=headers)


async def test_a_secret_is_shown_once_and_a_repeat_makes_no_second(school: School) -> None:
    key = str(new_id())
    made = await make(school, school.ops, key, product="numo")
    assert made.status_code == 201, made.text
    assert made.json()["secret"].startswith("whsec_")
    assert (await make(school, school.ops, key, product="numo")).json() == made.json()
    reused = await make(school, school.ops, key, product="other")
    assert reused.json()["code"] == "idempotency_key_reused"
    listed = await school.client.get("/v1/webhooks?limit=500", headers=school.ops)
    assert listed.json()["items"].count(settings_of(made.json())) == 1
    assert "whsec" not in listed.text


async def test_another_secret_takes_over_and_a_repeat_gives_the_same(school: School) -> None:
    made = (await make(school, school.ops)).json()
    path = f"/v1/webhooks/{made['id']}/rotate-secret"
    headers = {**school.ops, "Idempotency-Key": str(new_id())}
    rotated = await school.client.post(path, headers=headers)
    assert rotated.json()["secret"] != made["secret"]
    assert rotated.json()["secret_before_until"] is not None
    assert (await school.client.post(path, headers=headers)).json() == rotated.json()


async def test_what_is_left_out_of_a_change_stays(school: School) -> None:
    made = settings_of((await make(school, school.ops)).json())
    path = f"/v1/webhooks/{made['id']}"
    for stated in ({"active": False}, {"events": ["license.used"]}, {"url": f"{URL}2"}, {}):
        made |= stated
        for _ in range(2):
            changed = await school.client.patch(path, json=stated, headers=school.ops)
            assert changed.json() == made
    for wrong in ({"active": None}, {"events": []}, {"url": "ftp://x"}, {"secret": "x"}):
        refused = await school.client.patch(path, json=wrong, headers=school.ops)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request"), wrong


async def test_nonsense_is_refused(school: School) -> None:
    for wrong in (
        *({"events": []}, {"events": ["geen"]}, {"url": "geen"}, {"url": ""}, {"extra": 1}),
        {"url": "http://u:p@127.0.0.1/"},
    ):
        assert (await make(school, school.ops, **wrong)).status_code == 422, wrong
    unknown = await make(school, school.ops, product="geen")
    assert unknown.json()["code"] == "product_unknown"


async def test_a_product_sees_its_own_webhooks_only(school: School, api_key: ApiKey) -> None:
    numo, other = await api_key("ops", product="numo"), await api_key("ops", product="other")
    made = (await make(school, numo)).json()
    assert made["product"] == "numo"
    assert (await make(school, other, product="numo")).json()["code"] == "product_unknown"
    theirs = await school.client.get("/v1/webhooks?limit=500", headers=other)
    assert made["id"] not in theirs.text
    key = {"Idempotency-Key": str(new_id())}
    path = f"/v1/webhooks/{made['id']}"
    period = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    for method, below, body in (
        ("PATCH", "", {"active": False}),
        ("POST", "/rotate-secret", None),
        ("GET", "/deliveries", None),
        ("GET", f"/deliveries/{new_id()}", None),
        ("POST", f"/deliveries/{new_id()}/replay", None),
        ("POST", "/replay", period),
    ):
        answer = await school.client.request(
            method, path + below, json=body, headers={**other, **key}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), below
    user = await school.issuer.headers(school=school.id)
    assert (await school.client.get("/v1/webhooks", headers=user)).status_code == 403
