"""Progress as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.rosters import first_week


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[int, Json]]:
    """Id and data of each event (WHATWG HTML, 9.2.6)."""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if name:
            fields[name] = value.strip()
        elif line == "" and "data" in fields:
            assert fields["event"] == "progress"
            yield int(fields["id"]), json.loads(fields["data"])
            fields = {}


async def _first_with_progress(events: AsyncIterator[tuple[int, Json]]) -> int:
    async for found, run in events:
        if run["progress"]["done"]:
            return found
    pytest.fail("the stream ended without progress")


async def _follow(desk: Desk, run_id: str, **headers: str) -> list[tuple[int, Json]]:
    path = f"/v1/imports/{run_id}/events"
    async with desk.client.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [found async for found in _events(answer)]


async def test_each_step_is_told_once_and_the_stream_ends_at_the_plan(desk: Desk) -> None:
    answer = desk.says(first_week())
    answer.stalls_after = 9
    run_id = await desk.begin()
    following = asyncio.create_task(_follow(desk, run_id))
    while not (await desk.look(run_id))["progress"]["done"]:
        await asyncio.sleep(0.02)
    answer.goes_on.set()
    told = await asyncio.wait_for(following, 60)
    ids = [found for found, _ in told]
    assert ids == sorted(set(ids))
    assert len(ids) > 1
    done = [run["progress"]["done"] for _, run in told if run["progress"]["phase"] == "fetch"]
    assert done == sorted(done)
    last = told[-1][1]
    assert last["state"] == "planned"
    assert last == await desk.look(run_id), "events and polling say the same"


async def test_who_reconnects_hears_only_what_is_new(desk: Desk) -> None:
    answer = desk.says(first_week())
    answer.stalls_after = 9
    run_id = await desk.begin()
    path = f"/v1/imports/{run_id}/events"
    async with desk.client.stream("GET", path) as stream:
        seen = await _first_with_progress(_events(stream))
    following = asyncio.create_task(_follow(desk, run_id, **{"Last-Event-ID": str(seen)}))
    answer.goes_on.set()
    told = await asyncio.wait_for(following, 60)
    assert min(found for found, _ in told) > seen
    assert told[-1][1]["state"] == "planned"
    assert await _follow(desk, run_id, **{"Last-Event-ID": str(told[-1][0])}) == []


async def test_applying_can_be_followed_too(desk: Desk) -> None:
    planned = await desk.plan(first_week())
    await desk.verder(planned)
    told = await asyncio.wait_for(_follow(desk, planned["id"]), 60)
    assert told[-1][1]["state"] == "applied"


@pytest.mark.parametrize("last", ["nonsense", "-1", "99999", "9" * 5000, "²"])
async def test_an_event_id_that_is_none_of_ours_begins_anew(desk: Desk, last: str) -> None:
    planned = await desk.plan(first_week())
    headers: dict[str, Any] = {"Last-Event-ID": last.encode()}
    told = await _follow(desk, planned["id"], **headers)
    assert [run["state"] for _, run in told] == ["planned"]


async def test_an_unknown_import_is_refused_before_the_stream_begins(desk: Desk) -> None:
    answer = await desk.client.get(f"/v1/imports/{new_id()}/events")
    assert_refused(answer, ErrorCode.NOT_FOUND)
