import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.clock import today
from shared.ids import new_id
from tests.connector.kurve import CONTACT, Kurve, School


async def test_asking_answers_202_with_where_to_look(kurve: Kurve, school: School) -> None:
    answer = await kurve.request(school)
    assert answer.status_code == 202
    found = answer.json()
    assert answer.headers["Location"] == f"/v1/koppelingen/{found['id']}"
    shown = await kurve.client.get(answer.headers["Location"])
    assert shown.json() == found
    assert UUID(found["school_id"]) == school.id
    assert {key: found[key] for key in ("brin", "product", "state", "contact_email")} == {
        "brin": school.brin,
        "product": kurve.product,
        "state": "requested",
        "contact_email": CONTACT,
    }
    assert found["requested_at"].endswith("Z")
    assert found["vestigingen"] == []
    assert found["last_verified_at"] is found["problem"] is found["organisation_id"] is None


async def test_asking_again_finds_the_same_koppeling(kurve: Kurve, school: School) -> None:
    first = await kurve.request(school)
    again = await kurve.request(school, brin=f" {school.brin.lower()} ")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert await kurve.history(first.json()["id"]) == [(None, "requested", "request")]


async def test_many_at_once_make_one_koppeling(kurve: Kurve, school: School) -> None:
    answers = await asyncio.gather(*(kurve.request(school) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 202]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_repeat_with_its_key_gets_the_first_answer(kurve: Kurve, school: School) -> None:
    key = {"Idempotency-Key": str(new_id())}
    answers = [await kurve.request(school, key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert len(await kurve.history(answers[0].json()["id"])) == 1


async def test_a_key_cannot_be_used_for_another_request(kurve: Kurve, school: School) -> None:
    key = {"Idempotency-Key": str(new_id())}
    koppeling = (await kurve.request(school, key)).json()["id"]
    answer = await kurve.request(school, key, contact_email="ander@waterkant.example")
    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_key_reused"
    assert (await kurve.show(koppeling))["contact_email"] == CONTACT


async def test_asking_again_changes_contact_and_only_the_stated_dates(
    kurve: Kurve, school: School
) -> None:
    begin, end = str(today()), str(today() + timedelta(days=9))
    koppeling = await kurve.requested(school, begin_on=begin, end_on=end)

    async def after(**given: object) -> tuple[Any, ...]:
        await kurve.requested(school, **given)
        found = await kurve.show(koppeling)
        return found["contact_email"], found["begin_on"], found["end_on"]

    other = "nieuw@waterkant.example"
    assert await after(contact_email=other) == (other, begin, end)
    earlier = str(today() - timedelta(days=9))
    assert await after(begin_on=earlier) == (CONTACT, earlier, end)
    assert await after(end_on=None) == (CONTACT, earlier, None)


async def test_a_stated_date_must_fit_the_date_that_is_known(kurve: Kurve, school: School) -> None:
    koppeling = await kurve.requested(school, end_on=str(today()))
    answer = await kurve.request(school, begin_on=str(today() + timedelta(days=1)))
    assert answer.status_code == 422
    wrong = {"field": "end_on", "message": "de einddatum ligt voor de begindatum"}
    assert answer.json()["errors"] == [wrong]
    assert (await kurve.show(koppeling))["begin_on"] is None


async def test_a_list_is_read_page_by_page(kurve: Kurve, add_school: Any) -> None:
    wanted = [await kurve.requested(await add_school()) for _ in range(3)]
    mine = {"product": kurve.product, "limit": 1}
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await kurve.client.get("/v1/koppelingen", params={**mine, **cursor})).json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(found) == len(set(found))
    assert [koppeling for koppeling in found if koppeling in wanted] == wanted


async def test_a_list_can_be_narrowed(kurve: Kurve, school: School) -> None:
    koppeling = await kurve.requested(school)

    async def ids(**params: str) -> list[str]:
        answer = await kurve.client.get("/v1/koppelingen", params={"brin": school.brin, **params})
        assert answer.status_code == 200
        return [item["id"] for item in answer.json()["items"]]

    assert await ids() == await ids(state="requested", product=kurve.product) == [koppeling]
    assert await ids(state="active") == await ids(product="ander") == []


@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "onzin"},
        {"cursor": "WyJuaWV0Il0"},
        {"limit": "0"},
        {"limit": "501"},
        {"state": "bestaat-niet"},
        {"brin": "te lang voor een brin"},
        {"product": "a\u0000"},
    ],
    ids=str,
)
async def test_a_list_refuses_what_it_cannot_read(kurve: Kurve, params: dict[str, str]) -> None:
    answer = await kurve.client.get("/v1/koppelingen", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == list(params)
