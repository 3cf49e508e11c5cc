from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.auth.api_keys import create_api_key
from shared.database import Database
from shared.ids import new_id
from tests.connector.conftest import NewKurve, Somtoday, bearer
from tests.connector.kurve import Kurve, School, run_worker
from tests.fixtures.servers import LocalUrls

Bury = Callable[[str], Awaitable[str]]


@pytest.fixture
def bury(owner: Database) -> Bury:
    """Let a koppeling's mail be given up, as four days of refusals do; gives its id."""

    async def give_up(koppeling: str) -> str:
        statement = text(
            "UPDATE outbox SET dead_at = now(), attempts = 108, last_error = 'SMTPConnectError' "
            "WHERE subject_id = :id AND service = 'connector' AND done_at IS NULL RETURNING id"
        )
        async with owner.transaction() as connection:
            return str((await connection.execute(statement, {"id": koppeling})).scalar_one())

    return give_up


async def letters(client: httpx.AsyncClient, **params: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    given: dict[str, Any] = dict(params)
    while True:
        answer = await client.get("/v1/dead-letters", params=given)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        given["cursor"] = answer.json()["next"]


async def test_what_was_given_up_is_listed_and_sent_once_when_ops_say_so(
    new_kurve: NewKurve, school: School, somtoday: Somtoday, bury: Bury, new_inbox: Any
) -> None:
    async with new_kurve() as kurve:
        await somtoday.open(school)
        koppeling = await kurve.active(school)
        buried = await bury(koppeling)
        (letter,) = [found for found in await letters(kurve.client) if found["id"] == buried]
        assert letter.pop("dead_at").endswith("Z")
        assert letter == {
            "id": buried,
            "topic": "mail.koppeling_active",
            "subject_id": koppeling,
            "attempts": 108,
            "last_error": "SMTPConnectError",
            "done_at": None,
        }
        async with new_inbox(kurve.settings) as box:
            for _ in range(2):
                again = await kurve.client.post(f"/v1/dead-letters/{buried}/retry")
                assert (again.status_code, again.json()["dead_at"]) == (202, None)
                await run_worker(kurve.settings)
            assert again.json()["done_at"] is not None
            subjects = [mail.subject for mail in box.mails if school.name in mail.subject]
        assert len(subjects) == 1
        assert buried not in [found["id"] for found in await letters(kurve.client)]


async def test_a_list_is_read_page_by_page(
    kurve: Kurve, add_school: Any, somtoday: Somtoday, bury: Bury
) -> None:
    wanted = []
    for _ in range(3):
        school = await add_school()
        await somtoday.open(school)
        wanted.append(await bury(await kurve.active(school)))
    found = [letter["id"] for letter in await letters(kurve.client, limit=1)]
    assert len(found) == len(set(found))
    assert [letter for letter in found if letter in wanted] == wanted


async def test_ops_of_one_product_see_and_retry_only_its_own(
    kurve: Kurve, school: School, somtoday: Somtoday, bury: Bury, urls: LocalUrls
) -> None:
    await somtoday.open(school)
    buried = await bury(await kurve.active(school))
    other = await create_api_key(urls.owner, name="o", scopes=["ops"], product=kurve.product)
    mine = await kurve.client.get("/v1/dead-letters", headers=bearer(other))
    assert buried in [letter["id"] for letter in mine.json()["items"]]
    made = await kurve.client.put(f"/v1/products/p{new_id().hex[-12:]}", json=_product())
    stranger = await create_api_key(
        urls.owner, name="s", scopes=["ops"], product=made.json()["code"]
    )
    seen = await kurve.client.get("/v1/dead-letters", headers=bearer(stranger))
    assert seen.json() == {"items": [], "next": None}
    path = f"/v1/dead-letters/{buried}/retry"
    refused = await kurve.client.post(path, headers=bearer(stranger))
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert buried in [letter["id"] for letter in await letters(kurve.client)]


def _product() -> dict[str, object]:
    return {
        "name": "Ander",
        "somtoday_client_id": "ander",
        "somtoday_client_secret": "x",
        "required_datavelden": [],
    }


async def test_a_letter_of_another_service_does_not_exist_here(
    kurve: Kurve, owner: Database
) -> None:
    entry = new_id()
    statement = text(
        "INSERT INTO outbox (id, service, topic, subject_id, dead_at) "
        "VALUES (:id, 'licensing', 'x', :id, now())"
    )
    async with owner.transaction() as connection:
        await connection.execute(statement, {"id": entry})
    assert str(entry) not in [letter["id"] for letter in await letters(kurve.client)]
    for wanted in (entry, new_id()):
        answer = await kurve.client.post(f"/v1/dead-letters/{wanted}/retry")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
