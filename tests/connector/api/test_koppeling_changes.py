from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.auth.api_keys import create_api_key
from shared.clock import now, today
from shared.database import Database
from shared.ids import new_id
from tests.connector.api.conftest import Activated
from tests.connector.conftest import NewKurve, Somtoday, bearer, new_product
from tests.connector.kurve import CONTACT, Kurve, School, run_worker
from tests.fixtures.servers import LocalUrls

OTHER = "nieuw@waterkant.example"
DAY = timedelta(days=1)


async def patch(kurve: Kurve, koppeling: str, **body: object) -> httpx.Response:
    return await kurve.client.patch(f"/v1/koppelingen/{koppeling}", json=body)


async def test_only_what_is_stated_changes(kurve: Kurve, activated: Activated) -> None:
    _, koppeling = await activated()
    before = await kurve.show(koppeling)
    answer = await patch(kurve, koppeling, contact_email=OTHER)
    assert (answer.status_code, answer.json()) == (200, {**before, "contact_email": OTHER})
    begin, end = str(today() - DAY), str(today() + 9 * DAY)
    answer = await patch(kurve, koppeling, begin_on=begin, end_on=end)
    dated = {**before, "contact_email": OTHER, "begin_on": begin, "end_on": end}
    assert answer.json() == dated
    assert (await patch(kurve, koppeling, begin_on=None)).json() == {**dated, "begin_on": None}
    assert (await patch(kurve, koppeling)).json() == {**dated, "begin_on": None}
    assert len(await kurve.history(koppeling)) == 2


async def test_another_contact_gets_later_mails_but_none_by_itself(
    new_kurve: NewKurve, school: School, somtoday: Somtoday, new_inbox: Any
) -> None:
    async with new_kurve() as kurve, new_inbox(kurve.settings) as box:
        koppeling = await kurve.requested(school)
        await run_worker(kurve.settings)
        await patch(kurve, koppeling, contact_email=OTHER)
        await run_worker(kurve.settings)
        mine = [mail for mail in box.mails if school.name in mail.subject]
        assert [mail.to for mail in mine] == [[CONTACT]]
        await somtoday.open(school)
        await kurve.post(koppeling, "verify")
        await run_worker(kurve.settings)
        mine = [mail for mail in box.mails if school.name in mail.subject]
        assert [mail.to for mail in mine] == [[CONTACT], [OTHER]]


async def test_other_dates_are_looked_at_at_once_and_may_bring_back_what_expired(
    new_kurve: NewKurve, school: School, somtoday: Somtoday
) -> None:
    async with new_kurve() as kurve:
        await somtoday.open(school)
        koppeling = await kurve.active(school)

        async def after(**dates: str | None) -> str:
            assert (await patch(kurve, koppeling, **dates)).status_code == 200
            await run_worker(kurve.settings)
            return str((await kurve.show(koppeling))["state"])

        assert await after(begin_on=str(today() + DAY)) == "scheduled"
        assert await after(begin_on=None, end_on=str(today() - DAY)) == "expired"
        assert await after(end_on=str(today() - 2 * DAY)) == "expired"
        assert await after(end_on=str(today())) == "active"
        assert [event for *_, event in await kurve.history(koppeling)][-3:] == [
            *("over", "request", "confirmed")
        ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"contact_email": None}, "contact_email"),
        ({"contact_email": ""}, "contact_email"),
        ({"contact_email": "geen adres"}, "contact_email"),
        ({"end_on": "morgen"}, "end_on"),
        ({"begin_on": "2026-09-02", "end_on": "2026-09-01"}, "end_on"),
        ({"state": "active"}, "state"),
        ({"organisation_id": "01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10"}, "organisation_id"),
    ],
    ids=str,
)
async def test_what_cannot_be_stated_changes_nothing(
    kurve: Kurve, school: School, body: dict[str, object], field: str
) -> None:
    koppeling = await kurve.requested(school)
    before = await kurve.show(koppeling)
    answer = await patch(kurve, koppeling, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await kurve.show(koppeling) == before


async def test_a_date_must_fit_the_one_that_is_known(kurve: Kurve, school: School) -> None:
    koppeling = await kurve.requested(school, end_on=str(today()))
    answer = await patch(kurve, koppeling, begin_on=str(today() + DAY))
    assert answer.json()["errors"] == [
        {"field": "end_on", "message": "de einddatum ligt voor de begindatum"}
    ]


async def test_ops_of_another_product_find_nothing_to_change(
    kurve: Kurve, school: School, urls: LocalUrls
) -> None:
    koppeling = await kurve.requested(school)
    product = await new_product(kurve.client)
    stranger = await create_api_key(urls.owner, name="s", scopes=["ops"], product=product)
    path = f"/v1/koppelingen/{koppeling}"
    body = {"contact_email": OTHER}
    refused = await kurve.client.patch(path, json=body, headers=bearer(stranger))
    unknown = await kurve.client.patch(f"/v1/koppelingen/{new_id()}", json=body)
    assert {refused.status_code, unknown.status_code} == {404}
    assert (await kurve.show(koppeling))["contact_email"] == CONTACT


async def test_what_was_not_verified_for_long_can_be_listed(
    kurve: Kurve, activated: Activated, school: School, owner: Database
) -> None:
    _, verified = await activated()
    never = await kurve.requested(school)
    old = "now() - interval '2 days'"
    statement = text(f"UPDATE koppeling SET last_verified_at = {old} WHERE id = :id")
    async with owner.transaction() as connection:
        await connection.execute(statement, {"id": verified})

    async def stale(since: datetime) -> set[str]:
        params = {"product": kurve.product, "stale_since": since.isoformat(), "limit": 500}
        answer = await kurve.client.get("/v1/koppelingen", params=params)
        return {item["id"] for item in answer.json()["items"]} & {verified, never}

    assert await stale(now()) == {verified, never}
    assert await stale(now() - DAY) == {verified}
    assert await stale(now() - 3 * DAY) == set()
    naive = await kurve.client.get("/v1/koppelingen", params={"stale_since": "2026-11-24T10:00:00"})
    assert naive.status_code == 422
