"""An import is taken back by a plan like any other, exactly, or item by item."""

import pytest
from sqlalchemy import text

from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.held_up import roster_of
from tests.importer.rosters import (
    ANNA,
    CHRIS_RENAMED,
    DAAN,
    H3A,
    H3B,
    RosterRecord,
    first_week,
    group,
    member,
    pupil,
    second_week,
)


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


async def test_who_moved_on_and_whose_key_was_taken_since_are_named(desk: Desk) -> None:
    h3c, moved = group("h3c"), pupil("1002", "Bram", "Bos").model_copy(update={"key": "l-other"})
    rest: list[RosterRecord] = [H3A, H3B, h3c, ANNA, member(ANNA, H3A)]
    chris = CHRIS_RENAMED
    bram = pupil("1002", "Bram", "Bos")
    await desk.bring([*rest, bram, chris, member(chris, H3A)])
    run = await desk.bring([*rest, moved, chris, member(chris, H3B)])
    heir = bram.model_copy(update={"fields": {**bram.fields, "pupil_number": "1009"}, "ref": "x"})
    await desk.bring([*rest, moved, heir, chris, member(chris, h3c)])
    taken = await undo(desk, run)
    asked = {one["label"]: one["reason"] for one in await desk.changes(taken["id"])}
    assert asked == {
        "Bram Bos (1002)": "key_taken",
        "Chris Cornelisse-Kok (1003) → h3a": "edited_since",
    }
    assert (await desk.apply(taken))["state"] == "applied"
    places = (await desk.client.get("/v1/memberships", params={"state": "active"})).json()["items"]
    assert len(places) == 2, "nobody is in two classes"
    again = await undo(desk, run)
    asked_again = [again["summary"][kind]["conflict"] for kind in ("people", "memberships")]
    assert asked_again == [1, 1]


async def test_who_goes_again_by_an_undo_left_on_the_day_that_they_left(
    desk: Desk, owner: Database
) -> None:
    """How long somebody is kept is counted from that day: an undo must not begin anew."""
    await desk.bring(first_week())
    left = await desk.bring([one for one in first_week() if one.kind != "membership"][:4])
    before = await over_since(owner, desk)
    back = await desk.bring(first_week())
    took = await undo(desk, back)
    await desk.confirm(took)
    await desk.apply(took)
    assert await over_since(owner, desk) == before
    again = await undo(desk, took)
    assert (await desk.apply(again))["state"] == "applied"
    assert await over_since(owner, desk) == [], "what the undo ended, an undo of it begins"
    for run in (again, left):
        took = await undo(desk, run)
        await desk.confirm(took)
        await desk.apply(took)
    assert await over_since(owner, desk) == [], "the one before it too, last come, first gone"


async def test_who_was_erased_since_is_in_no_undo(desk: Desk) -> None:
    await desk.bring(first_week())
    bram = (await desk.people())["Bram"]["id"]
    left = await desk.bring([one for one in first_week() if "1002" not in str(one)])
    erased = await desk.client.post(
        f"/v1/people/{bram}/erase",
        json={"ground": "request"},
        headers={"Idempotency-Key": str(new_id())},
    )
    assert erased.is_success
    assert await desk.changes((await undo(desk, left))["id"]) == []


async def over_since(owner: Database, desk: Desk) -> list[tuple[str, str]]:
    over = text("""
        SELECT given_name, archived_at::text FROM person
        WHERE school_id = :school AND state = 'archived'
        UNION ALL SELECT name, archived_at::text FROM roster_group
        WHERE school_id = :school AND state = 'archived'
        UNION ALL SELECT id::text, ended_at::text FROM membership
        WHERE school_id = :school AND state = 'ended' ORDER BY 1
    """)
    async with owner.transaction(desk.school_id) as connection:
        return [tuple(row) for row in await connection.execute(over, {"school": desk.school_id})]


@pytest.mark.parametrize("is_gone", [False, True])
async def test_who_moved_on_or_cannot_go_back_is_named_and_stays_where_they_are(
    desk: Desk, *, is_gone: bool
) -> None:
    h3c = group("h3c")
    await desk.bring([*first_week(), h3c])
    second = await desk.bring([*second_week(), h3c])
    leave = [member(CHRIS_RENAMED, H3A), H3B, member(DAAN, H3B)]
    later = [one for one in second_week() if one not in leave[is_gone:][: 1 + is_gone]]
    await desk.bring([*later, h3c, member(DAAN if is_gone else CHRIS_RENAMED, h3c)])
    taken = await undo(desk, second)
    (asked,) = await desk.changes(taken["id"], action="conflict")
    assert (asked["kind"], asked["label"]) == ("membership", "Chris Cornelisse-Kok (1003) → h3b")
    assert asked["reason"] == "edited_since"
    await desk.confirm(taken)
    assert (await desk.apply(taken))["state"] == "applied"
    chris = (await desk.people())["Chris"]
    assert chris["family_name"] == "Cornelisse"
    query = {"person_id": chris["id"], "state": "active"}
    told = (await desk.client.get("/v1/memberships", params=query)).json()["items"]
    groups = (await desk.client.get("/v1/groups")).json()["items"]
    names = {one["id"]: one["name"] for one in groups}
    assert [names[one["group_id"]] for one in told] == ["h3a" if is_gone else "h3c"]
    report = (await desk.client.get(f"/v1/imports/{taken['id']}/report")).text
    (row,) = (row for row in report.splitlines() if '"vraag"' in row)
    assert row.startswith('"plaatsing";"vraag";"leerling";"Chris Cornelisse-Kok (1003) → h3b"')
    assert "kan niet terug" in row
    assert asked["klas"] == "h3b"


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
    asked = await desk.changes(planned["id"], action="conflict")
    assert [one["label"] for one in asked] == ["Anna Aalbers (1001)", "h3a", "h3wi1"]
    assert (anew["state"], anew["replanned"]["changed"]) == ("planned", 3)
    await desk.confirm(anew)
    assert (await desk.apply(anew))["state"] == "applied"
    places = (await desk.client.get("/v1/memberships", params={"state": "active"})).json()["items"]
    assert [one["person_id"] for one in places] == [person["id"]] * 2, "she keeps her places"
