"""What happens to koppelingen, told to the importer and to whoever follows it."""

import asyncio
from typing import Any

import httpx
from sqlalchemy import text

from services.connector.domain.koppeling import Event, State
from services.connector.store.events import note_event
from shared.database import Database
from shared.paging import encode_cursor
from tests.connector.api.conftest import Activated
from tests.connector.conftest import new_product
from tests.connector.kurve import Kurve, School
from tests.fixtures.callers import settle

PATH = "/v1/koppeling-events"
HELD_UP = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


async def follow(
    client: httpx.AsyncClient, cursor: str | None, headers: dict[str, str], limit: int = 2
) -> tuple[list[dict[str, Any]], str]:
    """Everything after a cursor, and where to go on."""
    found: list[dict[str, Any]] = []
    while True:
        params = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = await client.get(PATH, params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        cursor = str(answer.json()["next"])
        if not answer.json()["items"]:
            return found, cursor
        found += answer.json()["items"]


async def test_every_transition_is_told_to_the_importer_once_and_to_who_follows(
    kurve: Kurve, activated: Activated, owner: Database
) -> None:
    _, before = await follow(kurve.client, None, kurve.reader)
    school, koppeling = await activated()
    await kurve.post(koppeling, "verify")
    ended = await kurve.post(koppeling, "end", reason="Contract opgezegd")
    assert ended.status_code == 200
    found, after = await follow(kurve.client, before, kurve.reader)
    # The worker may have done what other tests left in its queue.
    found = [event for event in found if event["koppeling_id"] == koppeling]
    shown = [(event["from_state"], event["to_state"], event["event"]) for event in found]
    assert shown == await kurve.history(koppeling)
    assert shown == [
        (None, "requested", "request"),
        ("requested", "active", "confirmed"),
        ("active", "ended", "end"),
    ]
    whose = {(e["koppeling_id"], e["school_id"], e["product"], e["changed"]) for e in found}
    assert whose == {(koppeling, str(school.id), kurve.product, None)}
    assert await follow(kurve.client, after, kurve.reader) == ([], after)
    statement = text(
        "SELECT facts FROM outbox WHERE subject_id = :id AND service = 'importer' "
        "AND topic = 'koppeling.moved' ORDER BY (facts ->> 'position')::bigint"
    )
    async with owner.transaction() as connection:
        told = list((await connection.execute(statement, {"id": koppeling})).scalars())
    assert [(f["from"], f["to"], f["event"]) for f in told] == shown
    assert [set(facts) for facts in told] == [
        {"school_id", "product", "from", "to", "event", "at", "position"}
    ] * 3


async def test_a_product_follows_its_own_and_kurve_all(
    kurve: Kurve, school: School, api_key: Any
) -> None:
    other = await new_product(kurve.client)
    theirs = await kurve.requested(school, product=other)
    mine = await kurve.requested(school)
    for headers, seen in (
        (await api_key("roster:read", product=other), {theirs}),
        (await api_key("ops", product=other), {theirs}),
        (await api_key("ops"), {theirs, mine}),
    ):
        found, _ = await follow(kurve.client, None, headers, limit=500)
        assert {event["koppeling_id"] for event in found} & {theirs, mine} == seen
        if len(seen) == 1:
            assert {event["product"] for event in found} == {other}
    for cursor in ("x", encode_cursor("-1"), encode_cursor("9" * 19), encode_cursor("1", "2")):
        answer = await kurve.client.get(PATH, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_what_is_committed_late_comes_after_what_was_read(
    kurve: Kurve, add_school: Any, owner: Database
) -> None:
    first = await kurve.requested(await add_school())
    second = await kurve.requested(await add_school())
    _, cursor = await follow(kurve.client, None, kurve.reader)

    async def pause(koppeling: str) -> None:
        assert (await kurve.post(koppeling, "pause")).status_code == 200

    async with owner.transaction() as slow:
        moved = (State.REQUESTED, State.WAITING)
        await note_event(slow, first, moved, event=Event.NOT_OPENED, actor="late", reason=None)
        waiting = asyncio.create_task(pause(second))

        async def is_held_up() -> bool:
            return waiting.done() or bool((await slow.execute(HELD_UP)).scalar_one())

        await settle(is_held_up)
        found, cursor = await follow(kurve.client, cursor, kurve.reader)
        assert found == []
    await waiting
    found, cursor = await follow(kurve.client, cursor, kurve.reader)
    assert [event["koppeling_id"] for event in found] == [first, second]
