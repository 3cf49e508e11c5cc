"""A plan is sealed: when roster or source moved on it is made anew, and what differs is shown."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.database import Database
from shared.errors.codes import ErrorCode
from tests.importer.desk import Desk, assert_refused
from tests.importer.rosters import (
    ANNA,
    BRAM,
    DAAN,
    EEFJE,
    RosterRecord,
    document,
    first_week,
    pupil,
    second_week,
)
from tests.importer.source import Answer

_BUMP = text("UPDATE roster_version SET version = version + 1 WHERE school_id = :id")
_READ_EARLIER = text("""
    UPDATE import_run SET source_at = source_at - make_interval(hours => :hours) WHERE id = :id
""")
_RENAME = text("UPDATE person SET family_name = 'Anders' WHERE school_id = :id AND given_name = :n")


async def _moved_on(desk: Desk, owner: Database, name: str = "nobody") -> None:
    """Somebody else changed the roster."""
    async with owner.transaction(desk.school_id) as connection:
        await connection.execute(_RENAME, {"id": desk.school_id, "n": name})
        assert (await connection.execute(_BUMP, {"id": desk.school_id})).rowcount == 1


async def test_a_roster_that_moved_on_voids_the_plan_and_makes_it_anew(
    desk: Desk, owner: Database
) -> None:
    await desk.bring(first_week())
    planned = await desk.plan(second_week())
    daan = next(one for one in await desk.changes(planned["id"]) if "Daan" in one["label"])
    await desk.choose(planned["id"], archive=True, rows={daan["id"]: False})
    asked = desk.source.times_asked(desk.school_id)
    await _moved_on(desk, owner, "Anna")
    told = assert_refused(await desk.verder(planned), ErrorCode.ROSTER_CHANGED)
    assert (told["import"], told["is_made_anew"]) == (f"/v1/imports/{planned['id']}", True)
    assert "opnieuw gemaakt" in told["detail"]

    anew = await desk.rested(planned["id"])
    assert anew["state"] == "planned"
    assert anew["digest"] != planned["digest"]
    assert desk.source.times_asked(desk.school_id) == asked, "from what was staged"
    differs = anew["replanned"]
    assert (differs["because"], differs["new"], differs["changed"], differs["gone"]) == (
        *("roster_changed", 1, 0, 0),
    )
    assert anew["choice"] == {"add": True, "update": True, "archive": True, "clear": False}
    rows = {one["label"]: one for one in await desk.changes(anew["id"], kind="person")}
    assert rows["Daan Dijk (1004)"]["chosen"] is False, "an earlier choice is kept"
    assert rows["Bram Bos (1002)"]["chosen"] is True
    (new,) = await desk.changes(anew["id"], difference="new")
    assert new["fields"][0]["before"] == "Anders"
    assert_refused(await desk.verder(planned), ErrorCode.PLAN_DIFFERS)
    assert (await desk.apply(anew))["state"] == "applied"
    people = await desk.people()
    assert (people["Anna"]["family_name"], "Daan" in people) == ("Aalbers", False)


async def test_verder_on_a_plan_of_yesterday_reads_the_source_again(
    desk: Desk, owner: Database
) -> None:
    await desk.bring(first_week())
    planned = await desk.plan(second_week())
    (daan,) = await desk.changes(planned["id"], kind="person", search="Daan")
    await desk.choose(planned["id"], archive=True, rows={daan["id"]: False})
    desk.says(first_week())
    facts = {"id": UUID(planned["id"]), "hours": 25}
    async with owner.transaction(desk.school_id) as connection:
        await connection.execute(_READ_EARLIER, facts)
    told = assert_refused(await desk.verder(planned), ErrorCode.PLAN_STALE)
    assert (told["import"], told["is_made_anew"]) == (f"/v1/imports/{planned['id']}", True)
    anew = await desk.rested(planned["id"])
    assert (anew["replanned"]["because"], anew["replanned"]["gone"]) == ("plan_stale", 6)
    assert await desk.changes(anew["id"]) == [], "Bram came back, and Daan was a mistake"
    assert_refused(await desk.verder(planned), ErrorCode.PLAN_DIFFERS)


async def test_the_source_is_read_again_on_request_and_what_is_gone_is_shown(desk: Desk) -> None:
    await desk.bring(first_week())
    planned = await desk.plan(second_week())
    desk.says([one for one in second_week() if one != DAAN])
    answer = await desk.client.post(f"/v1/imports/{planned['id']}/replan")
    assert (answer.status_code, answer.json()["state"]) == (202, "requested")
    anew = await desk.rested(planned["id"])
    assert (anew["replanned"]["because"], anew["replanned"]["gone"]) == ("asked", 2)
    gone = await desk.changes(anew["id"], difference="gone")
    assert {one["label"] for one in gone} == {"Daan Dijk (1004)", "Daan Dijk (1004) → h3b"}
    assert not {one["id"] for one in gone} & {one["id"] for one in await desk.changes(anew["id"])}
    refused = await desk.choose(anew["id"], rows={gone[0]["id"]: True})
    assert_refused(refused, ErrorCode.INVALID_REQUEST)
    assert (await desk.apply(anew, add=True))["state"] == "applied"
    assert "Daan" not in await desk.people()
    refused = await desk.client.post(f"/v1/imports/{planned['id']}/replan")
    assert_refused(refused, ErrorCode.IMPORT_NOT_READY)


@pytest.mark.parametrize("how", ["verder", "replan"])
async def test_a_plan_whose_source_cannot_be_read_again_is_as_it_was(
    desk: Desk, owner: Database, how: str
) -> None:
    await desk.bring(first_week())
    planned = await desk.plan(second_week())
    path = f"/v1/imports/{planned['id']}"
    if how == "verder":
        async with owner.transaction(desk.school_id) as connection:
            await connection.execute(_READ_EARLIER, {"id": UUID(planned["id"]), "hours": 25})
    else:
        (daan,) = await desk.changes(planned["id"], kind="person", search="Daan")
        await desk.choose(planned["id"], archive=True, rows={daan["id"]: False})
    before = await desk.look(planned["id"]), await desk.changes(planned["id"])
    seen = (await desk.client.get(path)).headers["ETag"]
    desk.source.say(desk.school_id, Answer(document(second_week(), ended=False)))
    if how == "verder":
        assert_refused(await desk.verder(planned), ErrorCode.PLAN_STALE)
    else:
        assert (await desk.client.post(f"{path}/replan")).status_code == 202
    again = await desk.rested(planned["id"])
    why = again.pop("replanned")
    assert {**again, "replanned": None} == before[0]
    assert await desk.changes(planned["id"]) == before[1]
    assert (await desk.client.get(path)).headers["ETag"] == seen
    assert (why["because"], why["problem"], why["new"]) == (
        *("plan_stale" if how == "verder" else "asked", "source_incomplete", None),
    )
    assert "Het overzicht is nog zoals het was." in why["problem_detail"]
    desk.says(second_week())
    told = assert_refused(await desk.verder(planned), ErrorCode.PLAN_STALE)
    assert "konden eerder niet" in told["detail"], "nothing is applied of a source that fails"
    anew = await desk.rested(planned["id"])
    assert (anew["replanned"]["gone"], anew["replanned"]["problem"]) == (0, None)
    assert (await desk.apply(anew))["state"] == "applied"
    assert ("Daan" in await desk.people()) is (how == "verder"), "the choice was kept"


@pytest.mark.parametrize("erased", [False, True])
async def test_a_plan_is_as_it_was_also_on_a_roster_that_moved_unless_somebody_was_erased(
    desk: Desk, owner: Database, *, erased: bool
) -> None:
    await desk.bring(first_week())
    people = await desk.people()
    planned = await desk.plan(second_week())
    before = {one["id"] for one in await desk.changes(planned["id"])}
    half = Answer(document(second_week(), ended=False), stalls_after=1)
    desk.source.say(desk.school_id, half)
    await desk.client.post(f"/v1/imports/{planned['id']}/replan")
    if erased:
        path = f"/v1/people/{people['Anna']['id']}/erase"
        once = {"Idempotency-Key": planned["id"]}
        answer = await desk.client.post(path, json={"ground": "request"}, headers=once)
        assert answer.status_code == 200, answer.text
    else:
        await _moved_on(desk, owner, "Anna")
    half.goes_on.set()
    ended = await desk.rested(planned["id"])
    left = {one["id"] for one in await desk.changes(planned["id"])}
    if erased:
        assert (ended["state"], ended["problem"], left) == ("failed", "source_incomplete", set())
    else:
        assert (ended["state"], ended["replanned"]["problem"]) == ("planned", "source_incomplete")
        assert left == before
        desk.says(second_week())
        assert_refused(await desk.verder(planned), ErrorCode.PLAN_STALE)
        assert (await desk.rested(planned["id"]))["digest"] != planned["digest"]


async def test_a_teacher_who_left_in_mid_plan_is_seen_when_the_source_is_read_again(
    desk: Desk,
) -> None:
    await desk.bring(first_week())
    planned = await desk.plan(second_week())
    desk.says([one for one in second_week() if EEFJE.ref not in {*_refs(one)}])
    await desk.client.post(f"/v1/imports/{planned['id']}/replan")
    anew = await desk.rested(planned["id"])
    (gone,) = await desk.changes(anew["id"], difference="new")
    assert (gone["action"], gone["label"], gone["chosen"]) == (
        *("archive", "Eefje Berg (vdb)"),
        False,
    )


def _refs(record: RosterRecord) -> list[str | None]:
    return [getattr(record, name, None) for name in ("ref", "person")]


async def test_a_change_with_another_content_is_shown_and_a_no_stays_a_no(desk: Desk) -> None:
    await desk.bring([ANNA, BRAM])
    renamed = ANNA.model_copy(update={"fields": {**ANNA.fields, "family_name": "Eerst"}})
    planned = await desk.plan([renamed, BRAM])
    (row,) = await desk.changes(planned["id"])
    await desk.choose(planned["id"], rows={row["id"]: False})
    again = ANNA.model_copy(update={"fields": {**ANNA.fields, "family_name": "Daarna"}})
    desk.says([again, BRAM])
    await desk.client.post(f"/v1/imports/{planned['id']}/replan")
    anew = await desk.rested(planned["id"])
    assert anew["replanned"]["changed"] == 1
    (row,) = await desk.changes(anew["id"], difference="changed")
    assert (row["chosen"], row["fields"][0]["after"]) == (False, "Daarna")


async def test_a_file_that_was_uploaded_is_compared_again(desk: Desk, owner: Database) -> None:
    content = b"leerlingnummer;roepnaam;achternaam\n1;Een;Boer\n"
    upload = await desk.client.post("/v1/imports/csv", files={"file": content})
    planned = await desk.rested(upload.json()["id"])
    await _moved_on(desk, owner)
    assert_refused(await desk.verder(planned), ErrorCode.ROSTER_CHANGED)
    anew = await desk.rested(planned["id"])
    assert (anew["state"], anew["replanned"]["new"]) == ("planned", 0)
    assert (await desk.apply(anew))["state"] == "applied"


async def test_of_two_who_press_verder_on_a_plan_that_moved_on_both_learn_it(
    desk: Desk, owner: Database
) -> None:
    await desk.plan([ANNA])
    planned = await desk.plan([ANNA, BRAM])
    await _moved_on(desk, owner)
    answers = await asyncio.gather(desk.verder(planned), desk.verder(planned))
    codes = {answer.json()["code"] for answer in answers}
    assert ErrorCode.ROSTER_CHANGED.code in codes
    assert codes <= {ErrorCode.ROSTER_CHANGED.code, ErrorCode.IMPORT_NOT_READY.code}
    assert await desk.people() == {}
    assert (await desk.apply(await desk.rested(planned["id"])))["state"] == "applied"


async def test_verder_while_another_import_runs_says_what_happened(desk: Desk) -> None:
    planned = await desk.plan([ANNA])
    stalled = desk.says([ANNA, pupil("1099", "Zoë", "Zee")])
    stalled.stalls_after = 1
    other = await desk.begin()
    told = assert_refused(await desk.verder(planned), ErrorCode.IMPORT_NOT_READY)
    assert told["state"] == "cancelled"
    assert "nieuwe import" in told["detail"]
    stalled.goes_on.set()
    assert (await desk.apply(await desk.rested(other)))["state"] == "applied"
