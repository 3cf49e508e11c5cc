"""An import is taken back by a plan like any other, exactly, or item by item."""

import pytest

from shared.database import Database
from shared.errors.codes import ErrorCode
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.held_up import roster_of
from tests.importer.rosters import ANNA, RosterRecord, first_week, second_week


async def undo(desk: Desk, run: Json) -> Json:
    answer = await desk.client.post(f"/v1/imports/{run['id']}/undo")
    assert answer.status_code == 202, answer.text
    found = await desk.rested(answer.json()["id"])
    assert (found["state"], found["source"], found["undoes"]) == ("planned", "undo", run["id"])
    return found


async def test_an_import_is_taken_back_exactly(desk: Desk, owner: Database) -> None:
    await desk.bring(first_week())
    people, roster = await desk.people(), await roster_of(owner, desk.school_id)
    second = await desk.bring(second_week())
    planned = await undo(desk, second)
    assert planned["choice"] == {"add": True, "update": True, "archive": True, "clear": True}
    shown = {one["label"]: one["action"] for one in await desk.changes(planned["id"])}
    assert shown["Bram Bos (1002)"] == "reactivate"
    assert shown["Daan Dijk (1004)"] == "archive"
    assert shown["Bram Bos (1002) → h3a"] == "reactivate"
    await desk.confirm(planned)
    assert (await desk.apply(planned))["state"] == "applied"
    now = await desk.people()
    assert now.pop("Daan")["state"] == "archived"
    assert now == people
    back = await roster_of(owner, desk.school_id)
    assert back != roster, "who was added stays, archived"
    again = await undo(desk, planned)
    assert (await desk.apply(again))["state"] == "applied"
    assert (await desk.people())["Daan"]["state"] == "active"


async def test_who_was_edited_since_is_named_and_a_hand_holds_again(desk: Desk) -> None:
    await desk.bring(first_week())
    people = await desk.people()
    anna, chris = (f"/v1/people/{people[name]['id']}" for name in ("Anna", "Chris"))
    await desk.client.patch(chris, json={"family_name": "Met de Hand"})
    records: list[RosterRecord] = [
        ANNA.model_copy(update={"fields": {**ANNA.fields, "email": "x@y.nl"}})
        if one == ANNA
        else one
        for one in second_week()
    ]
    planned = await desk.plan(records)
    (row,) = await desk.changes(planned["id"], held="true")
    await desk.choose(planned["id"], overwrite={row["id"]: ["family_name"]})
    run = await desk.apply(planned, archive=True)
    await desk.client.patch(anna, json={"email": "later@y.nl"})

    taken = await undo(desk, run)
    (asked,) = await desk.changes(taken["id"], action="conflict")
    assert (asked["label"], asked["reason"]) == ("Anna Aalbers (1001)", "edited_since")
    assert (await desk.apply(taken))["state"] == "applied"
    now = await desk.people()
    assert now["Anna"]["email"] == "later@y.nl"
    assert now["Chris"]["family_name"] == "Met de Hand"
    assert (await desk.client.get(f"{chris}/hand-changes")).json()["held"] == ["family_name"]


@pytest.mark.parametrize("state", ["planned", "cancelled"])
async def test_only_what_was_applied_can_be_taken_back(desk: Desk, state: str) -> None:
    run = await desk.plan(first_week())
    if state == "cancelled":
        await desk.plan(first_week())
    told = assert_refused(
        await desk.client.post(f"/v1/imports/{run['id']}/undo"), ErrorCode.IMPORT_NOT_READY
    )
    assert told["state"] == state


async def test_a_repeated_undo_gets_the_first_answer_and_can_be_made_anew(desk: Desk) -> None:
    run = await desk.bring(first_week())
    headers = {"Idempotency-Key": "undo-1"}
    path = f"/v1/imports/{run['id']}/undo"
    first, again = [await desk.client.post(path, headers=headers) for _ in range(2)]
    assert first.json()["id"] == again.json()["id"]
    planned = await desk.rested(first.json()["id"])
    person = (await desk.people())["Anna"]
    await desk.client.patch(f"/v1/people/{person['id']}", json={"email": "x@y.nl"})
    assert_refused(await desk.verder(planned), ErrorCode.ROSTER_CHANGED)
    anew = await desk.rested(planned["id"])
    assert (anew["state"], anew["replanned"]["changed"]) == ("planned", 1)
