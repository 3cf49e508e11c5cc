"""Kurve ops: license products, grants and corrections."""

from collections.abc import Awaitable, Callable

from shared.ids import new_id
from tests.licensing.conftest import School

Make = Callable[[int], Awaitable[School]]


async def test_grants_add_up_and_a_correction_takes_back(school_with: Make) -> None:
    school = await school_with(10)
    assert (await school.grant(5)).json()["pool"]["granted"] == 15
    corrected = await school.grant(-3, reason="te veel besteld")
    assert corrected.json()["pool"] == await school.pool()
    assert (await school.pool())["granted"] == 12
    assert await school.ledger() == (12, 0)


async def test_a_correction_cannot_take_licenses_that_are_in_use(school_with: Make) -> None:
    school = await school_with(2)
    await school.start(await school.person())
    refused = await school.grant(-2)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["amount"]
    assert (await school.grant(-1)).json()["pool"]["left"] == 0


async def test_no_number_of_grants_makes_more_licenses_than_there_are_pupils(
    school_with: Make,
) -> None:
    school = await school_with(0)
    answers = [await school.grant(1_000_000) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [422]
    assert (await school.pool())["granted"] == 10_000_000


async def test_a_repeated_grant_counts_once(school_with: Make) -> None:
    school, key = await school_with(0), str(new_id())
    first = await school.grant(10, key)
    await school.grant(1)
    assert (await school.grant(10, key)).json() == first.json()
    assert (await school.grant(11, key)).json()["code"] == "idempotency_key_reused"
    assert await school.ledger() == (11, 0)


async def test_a_grant_needs_a_key_because_two_equal_ones_are_two(school_with: Make) -> None:
    school = await school_with(0)
    body = {"school_id": str(school.id), "license_product": "rekenen", "amount": 1}
    more = {"schooljaar": "2026-2027", "reason": "order"}
    answer = await school.client.post(
        "/v1/license-grants", json={**body, **more}, headers=school.ops
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]


async def test_a_grant_that_says_nothing_or_nonsense_is_refused(school_with: Make) -> None:
    school = await school_with(0)
    for wrong in ({"amount": 0}, {"amount": 10**9}, {"schooljaar": "2026-2028"}, {"reason": " "}):
        answer = await school.grant(**{"amount": 1, **wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), wrong
    unknown = await school.grant(1, license_product="bestaat-niet")
    assert unknown.json()["code"] == "license_product_unknown"


async def test_a_license_product_is_made_once_and_changed_in_place(
    school_with: Make, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    school = await school_with(0)
    code = f"p-{new_id().hex[-12:]}"
    path, body = f"/v1/license-products/{code}", {"name": "Numo taal", "product": "numo"}
    for _ in range(2):
        made = await school.client.put(path, json=body, headers=school.ops)
        assert made.json() == {**body, "code": code, "leergebied": None}
    changed = await school.client.put(path, json={**body, "name": "Taal"}, headers=school.ops)
    listed = await school.client.get("/v1/license-products", headers=school.ops)
    assert changed.json() in listed.json()["items"]
    strange = await school.client.put(path, json={**body, "product": "geen"}, headers=school.ops)
    assert (strange.status_code, strange.json()["code"]) == (422, "product_unknown")
    other = await api_key("ops", product="other")
    taken = await school.client.put(path, json={**body, "product": "other"}, headers=other)
    assert taken.json()["code"] == "license_product_unknown"
    theirs = await school.client.get("/v1/license-products", headers=other)
    assert {item["product"] for item in theirs.json()["items"]} == {"other"}
