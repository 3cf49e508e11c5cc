from typing import Any

import httpx
import pytest

from shared.auth.api_keys import create_api_key
from shared.ids import new_id
from tests.connector.conftest import bearer, new_product
from tests.connector.kurve import CONTACT, Kurve, School
from tests.fixtures.servers import LocalUrls

PATH = "/v1/koppelingen:bulk"


def row(kurve: Kurve, school: School, **given: object) -> dict[str, object]:
    known = {
        "product": kurve.product,
        "school_name": school.name,
        "brin": school.brin,
        "contact_email": CONTACT,
    }
    return {**known, **given}


def rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    assert [item["row"] for item in found] == list(range(len(found)))
    return found


async def test_a_row_that_is_refused_stops_no_other(kurve: Kurve, add_school: Any) -> None:
    first, last = await add_school(), await add_school()
    body = [
        row(kurve, first),
        row(kurve, first, brin="9ZXX", contact_email="geen adres"),
        row(kurve, first, product="bestaat-niet"),
        "geen rij",
        row(kurve, last),
    ]
    found = rows(await kurve.client.post(PATH, json=body))
    assert [item["requested"] for item in found] == [True, False, False, False, True]
    codes = [item["problem"] and item["problem"]["code"] for item in found]
    assert codes == [None, "invalid_request", "product_unknown", "invalid_request", None]
    fields = [error["field"] for error in found[1]["problem"]["errors"]]
    assert fields == ["brin", "contact_email"]
    for item, school in ((found[0], first), (found[4], last)):
        assert item["koppeling"] == await kurve.show(item["koppeling"]["id"])
        assert item["koppeling"]["brin"] == school.brin


async def test_the_same_list_again_finds_what_there_is(kurve: Kurve, add_school: Any) -> None:
    schools = [await add_school() for _ in range(3)]
    body = [row(kurve, school) for school in (*schools, schools[0])]
    first = rows(await kurve.client.post(PATH, json=body))
    again = rows(await kurve.client.post(PATH, json=body))
    assert [item["requested"] for item in first] == [True, True, True, False]
    assert [item["requested"] for item in again] == [False] * 4
    ids = [item["koppeling"]["id"] for item in first]
    assert [item["koppeling"]["id"] for item in again] == ids
    assert ids[3] == ids[0]
    assert len(await kurve.history(ids[0])) == 1


async def test_a_repeat_with_its_key_gets_the_first_answer_row_by_row(
    kurve: Kurve, add_school: Any
) -> None:
    key = {"Idempotency-Key": str(new_id())}
    body = [row(kurve, await add_school()) for _ in range(2)]
    first = await kurve.client.post(PATH, json=body, headers=key)
    again = await kurve.client.post(PATH, json=body, headers=key)
    assert rows(again) == rows(first)
    other = [body[0], {**body[1], "contact_email": "ander@waterkant.example"}]
    found = rows(await kurve.client.post(PATH, json=other, headers=key))
    assert found[0]["requested"] is True
    assert found[1]["problem"]["code"] == "idempotency_key_reused"
    assert (await kurve.show(rows(first)[1]["koppeling"]["id"]))["contact_email"] == CONTACT


async def test_ops_of_one_product_ask_for_that_product_only(
    kurve: Kurve, school: School, urls: LocalUrls
) -> None:
    other = await new_product(kurve.client)
    ops = bearer(await create_api_key(urls.owner, name="o", scopes=["ops"], product=other))
    body = [row(kurve, school), row(kurve, school, product=other)]
    found = rows(await kurve.client.post(PATH, json=body, headers=ops))
    assert found[0]["problem"]["code"] == "product_unknown"
    assert found[1]["koppeling"]["product"] == other


@pytest.mark.parametrize("body", [[], [{}] * 501, {}, None], ids=["none", "501", "{}", "null"])
async def test_a_list_of_none_or_of_too_many_is_refused_whole(kurve: Kurve, body: object) -> None:
    answer = await kurve.client.post(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_row_of_nothing_but_mistakes_gets_a_short_answer(kurve: Kurve) -> None:
    found = rows(await kurve.client.post(PATH, json=[{f"x{n}" * 99: n for n in range(500)}]))
    errors = found[0]["problem"]["errors"]
    assert len(errors) == 20
    assert max(len(error["field"]) for error in errors) <= 100
