"""A school says when its import begins by itself."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from shared.clock import AMSTERDAM, now, today
from shared.database import Database
from shared.errors.codes import ErrorCode
from tests.importer.desk import Desk, assert_refused
from tests.importer.nights import Nights

SCHEDULE = "/v1/import-schedule"
WINDOW: dict[str, Any] = {"is_on": True, "opens": "01:00", "closes": "05:00"}
WEEK = {"first": "2026-12-21", "last": "2026-12-27", "label": "Kerst"}


async def test_a_schedule_is_set_by_who_saw_it(desk: Desk) -> None:
    client = desk.client
    first = await client.get(SCHEDULE)
    assert (first.json()["is_on"], first.json()["next_at"]) == (False, None)
    assert first.headers["ETag"] == '"0"'
    assert_refused(await client.put(SCHEDULE, json=WINDOW), ErrorCode.IF_MATCH_REQUIRED)
    tonight = now().astimezone(AMSTERDAM) + timedelta(hours=1)
    body = {
        **WINDOW,
        "opens": f"{tonight:%H:%M}",
        "closes": f"{tonight + timedelta(hours=4):%H:%M}",
        "blackouts": [WEEK],
        "additions_only": [WEEK],
    }
    seen = {"If-Match": first.headers["ETag"]}
    answer = await client.put(SCHEDULE, json=body, headers=seen)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found == (await client.get(SCHEDULE)).json()
    assert (found["blackouts"], found["additions_only"]) == ([WEEK], [WEEK])
    assert found["archives"] is False
    planned = datetime.fromisoformat(found["next_at"])
    assert timedelta() < planned - now() < timedelta(hours=6)
    assert_refused(
        await client.put(SCHEDULE, json=WINDOW, headers=seen), ErrorCode.SCHEDULE_CHANGED
    )
    off = await client.put(SCHEDULE, json={**WINDOW, "is_on": False}, headers={"If-Match": '"1"'})
    assert (off.json()["next_at"], off.headers["ETag"]) == (None, '"2"')
    assert (await client.get("/v1/import-nights")).json() == {"items": [], "next": None}


async def test_nights_that_went_by_are_noted_by_the_schedule_that_they_had(
    desk: Desk, owner: Database
) -> None:
    assert (await desk.client.put(SCHEDULE, json=WINDOW, headers={"If-Match": "*"})).is_success
    away = text("""
        UPDATE import_schedule SET next_at = now() - interval '3 days' WHERE school_id = :school
    """)
    async with owner.transaction() as connection:
        await connection.execute(away, {"school": desk.school_id})
    off = await desk.client.put(
        SCHEDULE, json={**WINDOW, "is_on": False}, headers={"If-Match": "*"}
    )
    assert off.is_success
    found = (await desk.client.get("/v1/import-nights")).json()["items"]
    assert [one["outcome"] for one in found] == ["missed"] * len(found)
    assert len(found) in {3, 4}, "three days hold three windows, or four"


async def test_what_is_no_window_is_refused_in_dutch(desk: Desk) -> None:
    for wrong, told in (
        ({"opens": "04:00"}, "ten minste twee uur"),
        ({"opens": "05:00"}, "ten minste twee uur"),
        ({"opens": "01:00:30"}, "uu:mm"),
        ({"opens": "01:00Z"}, "uu:mm"),
        ({"blackouts": [{**WEEK, "last": "2026-12-20"}]}, "laatste dag"),
    ):
        answer = await desk.client.put(SCHEDULE, json=WINDOW | wrong, headers={"If-Match": "*"})
        refused = assert_refused(answer, ErrorCode.INVALID_REQUEST)
        assert told in str(refused["errors"]), refused


async def test_the_history_has_every_night_also_the_dark_and_those_without_a_worker(
    nights: Nights,
) -> None:
    day = today()
    dark = [day - timedelta(days=1), day + timedelta(days=1)]
    days = {"first": str(dark[0]), "last": str(dark[1]), "label": "Studiedagen"}
    await nights.set(blackouts=[days])
    await nights.look()
    assert await nights.seen() == [], "it is not over, and may begin after all"
    await nights.look(timedelta(hours=3))
    (skipped,) = await nights.seen()
    assert (skipped["outcome"], skipped["import_id"]) == ("skipped", None)
    assert skipped["note"] == "Overgeslagen: Studiedagen."
    assert (skipped["summary"], skipped["result"]) == (None, None)
    answer = await nights.desk.client.get("/v1/import-schedule")
    assert answer.json()["next_at"][:10] > str(dark[1])
    await nights.set()
    await nights.look(timedelta(days=2, hours=3))
    *missed, first = await nights.seen()
    assert first == skipped
    assert [one["outcome"] for one in missed] == ["missed", "missed"]
    assert all("niet bereikbaar" in one["note"] for one in missed)
    found = [one["night"] for one in (*missed, first)]
    assert found == sorted(set(found), reverse=True)
    assert not await nights.mails()
