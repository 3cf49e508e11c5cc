"""Who may start, grant and look, and what is refused at the door."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from shared.clock import now
from shared.ids import new_id
from tests.licensing.conftest import YEAR, School

Make = Callable[[int], Awaitable[School]]


async def test_a_pupil_starts_for_nobody_else(school_with: Make) -> None:
    school = await school_with(2)
    pupil, other = await school.person(), await school.person()
    mine = await school.issuer.headers(school=school.id, role="leerling", person=pupil)
    assert (await school.start(pupil, headers=mine)).status_code == 201
    refused = await school.start(other, headers=mine)
    assert (refused.status_code, refused.json()["code"]) == (404, "person_unknown")


async def test_a_pupil_of_another_school_with_a_right_token_is_unknown_there(
    school_with: Make,
) -> None:
    school, elsewhere = await school_with(2), await school_with(2)
    pupil = await school.person()
    strange = await school.issuer.headers(school=elsewhere.id, role="leerling", person=pupil)
    assert (await school.start(pupil, headers=strange)).json()["code"] == "person_unknown"


@pytest.mark.parametrize("role", ["docent", "schoolbeheerder"])
async def test_only_pupils_start(school_with: Make, role: str) -> None:
    school = await school_with(2)
    headers = await school.issuer.headers(school=school.id, role=role)
    assert (await school.start(await school.person(), headers=headers)).status_code == 403


async def test_a_products_key_uses_licenses_of_that_product_only(school_with: Make) -> None:
    school = await school_with(0)
    await school.grant(1, license_product="taal")
    pupil = await school.person()
    answer = await school.start(pupil, license_product="taal")
    assert (answer.status_code, answer.json()["code"]) == (422, "license_product_unknown")
    unknown = await school.start(pupil, license_product="bestaat-niet")
    assert unknown.json() == answer.json()


async def test_a_key_must_name_the_school(school_with: Make) -> None:
    school = await school_with(1)
    answer = await school.start(await school.person(), headers=dict(school.numo))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "school_id", "message": "geef aan om welke school het gaat"}
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("started_at", "2026-11-24T08:30:00"),
        ("started_at", "2099-01-01T00:00:00Z"),
        ("started_at", "0001-01-01T00:00:00+14:00"),
        ("started_at", "9999-12-31T23:59:59-14:00"),
        ("activity_id", "a\x00b"),
        ("activity_id", "a\ud800"),
        ("activity_kind", "les"),
        ("activity_id", ""),
        ("activity_id", "x" * 201),
        ("license_product", "Geen Slug"),
        ("naam", "Fenna"),
    ],
)
async def test_a_wrong_body_is_refused_and_names_the_field(
    school_with: Make, field: str, value: str
) -> None:
    school = await school_with(1)
    answer = await school.start(await school.person(), **{field: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "Fenna" not in answer.text
    assert await school.ledger() == (1, 0)


async def test_a_person_id_that_is_none_is_refused(school_with: Make) -> None:
    school = await school_with(1)
    answer = await school.start("12")  # type: ignore[arg-type]
    assert [error["field"] for error in answer.json()["errors"]] == ["person_id"]


async def test_a_clock_may_be_a_little_ahead_and_a_call_a_month_late(school_with: Make) -> None:
    school = await school_with(0)
    day = 24 * 60
    refused, taken = "invalid_request", "no_license_left"
    for minutes, code in ((5, taken), (15, refused), (-30 * day, taken), (-32 * day, refused)):
        moment = now() + timedelta(minutes=minutes)
        # Last schooljaar has no pool either: what is refused is refused for its time.
        answer = await school.start(await school.person(), started_at=moment.isoformat())
        assert answer.json()["code"] == code


async def test_an_administrator_sees_the_schools_own_pools_and_no_others(
    school_with: Make,
) -> None:
    school, elsewhere = await school_with(7), await school_with(3)
    headers = await school.issuer.headers(school=school.id, role="schoolbeheerder")
    mine = await school.client.get("/v1/license-pools", headers=headers)
    pools = [(pool["granted"], pool["used"], pool["left"]) for pool in mine.json()["items"]]
    assert pools == [(7, 0, 7)]
    query = {"school_id": str(elsewhere.id)}
    other = await school.client.get("/v1/license-pools", headers=headers, params=query)
    assert (other.status_code, other.json()["code"]) == (404, "not_found")


async def test_a_products_ops_see_pools_of_that_product_only(
    school_with: Make, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    school = await school_with(7)
    await school.grant(3, license_product="taal")
    query = {"school_id": str(school.id)}
    for product, granted in ((None, [7, 3]), ("numo", [7]), ("other", [3])):
        headers = await api_key("ops", product=product)
        answer = await school.client.get("/v1/license-pools", params=query, headers=headers)
        assert [pool["granted"] for pool in answer.json()["items"]] == granted


async def test_pools_come_page_by_page(school_with: Make) -> None:
    school = await school_with(0)
    for year in ("2024-2025", "2025-2026", YEAR):
        await school.grant(1, schooljaar=year)
    seen, query = [], {"school_id": str(school.id), "limit": "2"}
    while True:
        page = await school.client.get("/v1/license-pools", params=query, headers=school.ops)
        seen += [pool["schooljaar"] for pool in page.json()["items"]]
        if page.json()["next"] is None:
            break
        query["cursor"] = page.json()["next"]
    assert seen == ["2024-2025", "2025-2026", YEAR]
    query["cursor"] = "bm9wZQ"
    wrong = await school.client.get("/v1/license-pools", params=query, headers=school.ops)
    assert wrong.status_code == 422


async def test_a_school_that_does_not_exist_gets_no_grant(school_with: Make) -> None:
    school = await school_with(0)
    answer = await school.grant(1, school_id=str(new_id()))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
