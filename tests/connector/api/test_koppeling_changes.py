import asyncio
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
    path = f"/v1/koppelingen/{koppeling}"
    read = await kurve.client.get(path)
    return await kurve.client.patch(path, json=body, headers={"If-Match": read.headers["ETag"]})


async def changes(kurve: Kurve, koppeling: str) -> list[dict[str, Any]]:
    """What was stated anew, as the history has it."""
    answer = await kurve.client.get(f"/v1/koppelingen/{koppeling}/history")
    return [event for event in answer.json()["items"] if event["changed"]]


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
    assert (await patch(kurve, koppeling, contact_email=OTHER)).status_code == 200
    told = await changes(kurve, koppeling)
    fields = [["contact_email"], ["begin_on", "end_on"], ["begin_on"]]
    assert [event["changed"] for event in told] == fields
    assert {event["event"] for event in told} == {"change"}
    assert all(event["actor"].startswith("key:") for event in told)
    assert OTHER not in str(told)
    assert len(await kurve.history(koppeling)) == 2 + len(told)


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
            *("change", "request", "confirmed")
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
    any_revision = {"If-Match": "*"}
    refused = await kurve.client.patch(path, json=body, headers=bearer(stranger) | any_revision)
    unknown = await kurve.client.patch(
        f"/v1/koppelingen/{new_id()}", json=body, headers=any_revision
    )
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


async def test_of_two_who_change_what_they_read_the_second_reads_again(
    kurve: Kurve, school: School
) -> None:
    koppeling = await kurve.requested(school)
    path = f"/v1/koppelingen/{koppeling}"

    async def change(if_match: str | None, end_on: str) -> httpx.Response:
        headers = {} if if_match is None else {"If-Match": if_match}
        return await kurve.client.patch(path, json={"end_on": end_on}, headers=headers)

    read = (await kurve.client.get(path)).headers["ETag"]
    # What Somtoday shows is not what is stated: it stands in nobody's way.
    await run_worker(kurve.settings)
    assert (await kurve.client.get(path)).headers["ETag"] == read
    first, second = await asyncio.gather(change(read, "2030-01-01"), change(read, "2030-01-02"))
    assert sorted([first.status_code, second.status_code]) == [200, 412]
    refused = first if first.status_code == 412 else second
    assert refused.json()["code"] == "koppeling_changed"
    again = (await kurve.client.get(path)).headers["ETag"]
    assert again != read
    for wrong in (f"W/{again}", '"x"', f'"{"9" * 19}"', read):
        assert (await change(wrong, "2030-01-03")).status_code == 412, wrong
    without = await change(None, "2030-01-03")
    assert (without.status_code, without.json()["code"]) == (428, "if_match_required")
    for right in (f"{read}, {again}", "*"):
        answer = await change(right, "2030-01-03")
        assert answer.status_code == 200
    # The second of them changed nothing.
    assert len(await changes(kurve, koppeling)) == 2
    asked = await kurve.request(school, contact_email=OTHER)
    assert asked.headers["ETag"] != answer.headers["ETag"]
    assert [event["changed"] for event in await changes(kurve, koppeling)][-1] == ["contact_email"]
