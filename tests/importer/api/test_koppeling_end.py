"""What becomes of the people when a koppeling is over: asked, answered, and reminded of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.importer.application.hear_koppeling import hear_koppeling
from services.importer.application.remind_schools import remind_schools
from shared.clock import now, today
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from shared.outbox.drain import OutboxEntry
from shared.outbox.publish import KOPPELING_END_REMINDED, KOPPELING_MOVED
from tests.fixtures.http import http_client
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.rosters import ANNA, BRAM, first_week

END = "/v1/koppeling-end"
ANSWERS = f"{END}/answers"
_REMINDED = text(
    "SELECT facts FROM outbox WHERE topic = :topic AND subject_id = :school ORDER BY id"
)
_KEYS = text("""
    SELECT count(*) FILTER (WHERE source_key IS NOT NULL), count(*) FROM person
    WHERE school_id = :school
""")


@pytest.fixture(scope="module")
async def database(served: Served) -> AsyncIterator[Database]:
    made = Database(served.settings.database_url, 4)
    yield made
    await made.close()


class End:
    """A school, and what the connector says of its koppeling."""

    def __init__(self, desk: Desk, database: Database) -> None:
        self.desk, self.database, self._position = desk, database, 0

    async def moved(self, to: str) -> None:
        self._position += 1
        facts = {
            "school_id": str(self.desk.school_id),
            "product": "numo",
            "to": to,
            "at": now().isoformat(),
            "position": self._position,
        }
        entry = OutboxEntry(new_id(), KOPPELING_MOVED, new_id(), facts, 1)
        await hear_koppeling(self.database, "numo", 30, entry)

    async def look(self) -> tuple[Json, str]:
        answer = await self.desk.client.get(END)
        assert answer.status_code == 200, answer.text
        return answer.json(), answer.headers.get("ETag", "")

    async def answer(self, *, etag: str | None = None, key: str = "", **body: Any) -> Any:
        headers = {"If-Match": etag or (await self.look())[1]}
        headers |= {"Idempotency-Key": key} if key else {}
        given = {"reason": "Dat is zo afgesproken.", **body}
        return await self.desk.client.post(ANSWERS, json=given, headers=headers)


@pytest.fixture
def end(desk: Desk, database: Database) -> End:
    return End(desk, database)


async def test_nothing_is_asked_while_the_koppeling_is_not_over(end: End) -> None:
    found, etag = await end.look()
    assert (found["standing"], found["choices"], etag) == ("none", [], "")
    assert_refused(await end.answer(etag='"0"', answer="keep"), ErrorCode.NOT_FOUND)
    await end.moved("active")
    assert_refused(await end.answer(answer="keep"), ErrorCode.NOT_FOUND)


async def test_a_school_may_put_its_answer_off_within_bounds(end: End) -> None:
    await end.desk.bring(first_week())
    await end.moved("ended")
    found, etag = await end.look()
    assert (found["standing"], found["pupils"], found["employees"]) == ("open", 3, 1)
    assert "3 leerlingen en 1 medewerkers" in found["question"]
    assert [one["answer"] for one in found["choices"]] == ["keep", "archive", "wait"]
    wait = {"answer": "wait", "until": str(today() + timedelta(days=180))}
    unseen = await end.desk.client.post(ANSWERS, json={**wait, "reason": "later"})
    assert_refused(unseen, ErrorCode.IF_MATCH_REQUIRED)
    for until in (today(), today() + timedelta(days=181)):
        late = await end.answer(answer="wait", until=str(until))
        assert_refused(late, ErrorCode.INVALID_REQUEST)
    for wrong in (
        {"answer": "archive"},
        {"answer": "wait"},
        {"answer": "keep", "roles": ["pupil"]},
    ):
        assert_refused(await end.answer(**wrong), ErrorCode.INVALID_REQUEST)
    first, again = [await end.answer(etag=etag, key="one", **wait) for _ in range(2)]
    assert (first.status_code, first.json()) == (200, again.json())
    assert first.json()["answer_by"] == wait["until"]
    assert first.json()["given"]["reason"] == "Dat is zo afgesproken."
    assert_refused(await end.answer(etag=etag, **wait), ErrorCode.KOPPELING_CHANGED)


async def test_ops_who_use_a_key_twice_pass_no_school_by(
    end: End,
    importer: Served,
    desk_at: Callable[[Served], Awaitable[Desk]],
    api_key: Callable[..., Awaitable[dict[str, str]]],
) -> None:
    other = await desk_at(importer)
    await end.desk.bring([ANNA])
    await end.moved("ended")
    headers = {**await api_key("ops"), "Idempotency-Key": "one", "If-Match": "*"}
    body = {"answer": "keep", "reason": "Dat is zo afgesproken."}
    async with http_client(importer.url, headers) as ops:

        async def answer(desk: Desk) -> httpx.Response:
            return await ops.post(ANSWERS, params={"school_id": str(desk.school_id)}, json=body)

        assert (await answer(end.desk)).status_code == 200
        assert_refused(await answer(other), ErrorCode.IDEMPOTENCY_KEY_REUSED)


async def test_archiving_is_a_plan_and_nobody_is_archived_before_verder(end: End) -> None:
    desk = end.desk
    await desk.bring(first_week())
    await end.moved("revoked")
    first = (await end.answer(answer="archive", roles=["pupil"])).json()
    waiting = await desk.rested(first["given"]["import_id"])
    assert (waiting["state"], waiting["source"]) == ("planned", "koppeling_end")
    assert waiting["summary"]["people"]["archive"] == 3
    assert {one["reason"] for one in await desk.changes(waiting["id"])} == {"koppeling_ended"}
    assert (await end.look())[0]["standing"] == "in_plan"
    second = (await end.answer(answer="archive", roles=["employee", "pupil"])).json()
    assert (await desk.look(waiting["id"]))["state"] == "cancelled"
    plan = await desk.rested(second["given"]["import_id"])
    assert {one["state"] for one in (await desk.people()).values()} == {"active"}
    assert (await desk.apply(plan))["state"] == "applied"
    states = {name: one["state"] for name, one in (await desk.people(state="archived")).items()}
    assert states == dict.fromkeys(("Anna", "Bram", "Chris", "Eefje"), "archived")
    assert (await end.look())[0]["standing"] == "settled"
    assert_refused(await end.answer(answer="keep"), ErrorCode.DECISION_NOT_POSSIBLE)
    for standing in ("open", "settled"):
        taken = await desk.client.post(f"/v1/imports/{plan['id']}/undo")
        plan = await desk.rested(taken.json()["id"])
        await desk.confirm(plan)
        assert (await desk.apply(plan))["state"] == "applied"
        assert (await end.look())[0]["standing"] == standing, "who is back is asked about again"


async def test_a_plan_of_archiving_is_void_when_the_koppeling_is_active_again(end: End) -> None:
    await end.desk.bring([ANNA])
    await end.moved("expired")
    given = (await end.answer(answer="archive", roles=["pupil"])).json()["given"]
    await end.desk.rested(given["import_id"])
    await end.moved("active")
    assert (await end.desk.look(given["import_id"]))["state"] == "failed"
    assert await end.desk.changes(given["import_id"]) == []
    assert (await end.look())[0]["standing"] == "none"
    await end.moved("expired")
    found = (await end.look())[0]
    assert (found["standing"], found["given"]) == ("open", None)


async def test_who_is_kept_is_the_schools_own_and_not_doubled_by_a_new_koppeling(
    end: End, owner: Database
) -> None:
    desk = end.desk
    await desk.bring(first_week())
    before = await desk.people()
    await end.moved("ended")
    assert (await end.answer(answer="keep")).json()["standing"] == "settled"
    async with owner.transaction(desk.school_id) as connection:
        found = await connection.execute(_KEYS, {"school": desk.school_id})
        assert tuple(found.one()) == (0, 4)
    assert (await end.look())[0]["pupils"] == 0
    looks = await desk.client.get(f"/v1/people/{before['Anna']['id']}/audit")
    assert (looks.json()["items"][0]["action"], looks.json()["items"][0]["what"]) == (
        *("change", "koppeling_end"),
    )
    await end.moved("active")
    again = await desk.plan(first_week())
    assert again["summary"]["people"]["add"] == again["summary"]["people"]["archive"] == 0
    await desk.apply(again)
    assert {one["id"] for one in (await desk.people()).values()} == {
        one["id"] for one in before.values()
    }


async def test_a_school_is_reminded_before_the_day_and_on_it_each_once(
    end: End, database: Database, owner: Database
) -> None:
    await end.desk.bring([ANNA, BRAM])
    await end.moved("ended")
    day = date.fromisoformat((await end.look())[0]["answer_by"])
    for days, count in ((8, 0), (7, 1), (6, 1), (0, 2), (-1, 2), (-40, 2)):
        on = day - timedelta(days=days)
        await asyncio.gather(*(remind_schools(database, "numo", on) for _ in range(3)))
        facts = await _reminders(owner, end)
        assert len(facts) == count, days
    assert [one["reminder"] for one in facts] == ["before", "on_the_day"]
    assert {one["product"] for one in facts} == {"numo"}, "whose koppeling's contact is mailed"
    assert (facts[0]["pupils"], facts[0]["employees"]) == (2, 0)
    assert "Anna" not in str(facts)
    assert {one["state"] for one in (await end.desk.people()).values()} == {"active"}
    later = today() + timedelta(days=100)
    await end.answer(answer="wait", until=str(later))
    await remind_schools(database, "numo", later - timedelta(days=1))
    assert len(await _reminders(owner, end)) == 3, "of another day it is reminded anew"
    await end.answer(answer="keep")
    await remind_schools(database, "numo", later)
    assert len(await _reminders(owner, end)) == 3


async def _reminders(owner: Database, end: End) -> list[Json]:
    facts = {"topic": KOPPELING_END_REMINDED, "school": end.desk.school_id}
    async with owner.transaction() as connection:
        return list((await connection.execute(_REMINDED, facts)).scalars())


async def test_ops_see_every_school_that_did_not_answer(
    end: End, served: Served, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    await end.moved("revoked")
    async with http_client(served.url, await api_key("ops")) as ops:
        (mine,) = [one for one in await _all(ops) if one["school_id"] == str(end.desk.school_id)]
    assert (mine["why"], mine["standing"], mine["is_late"]) == ("revoked", "open", False)
    assert_refused(await end.desk.client.get("/v1/koppeling-ends"), ErrorCode.NOT_ALLOWED)


async def _all(ops: httpx.AsyncClient) -> list[Json]:
    answer = await ops.get("/v1/koppeling-ends", params={"limit": 500})
    return list(answer.json()["items"])
