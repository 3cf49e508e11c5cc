"""Conflicts are decided on the controlescherm, remembered, and can be taken back."""

import pytest
from sqlalchemy import text

from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from shared.roster.document import PersonRecord
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.rosters import ANNA, BRAM, H3A, member, pupil


def new_label(record: PersonRecord) -> str:
    names = ("given_name", "family_name", "pupil_number")
    return "{} {} ({})".format(*map(record.fields.get, names))


HEIR = pupil("1001", "Zoë", "Zee", email=None).model_copy(update={"key": "l-heir", "ref": "l-heir"})


@pytest.fixture
async def asked(desk: Desk) -> tuple[Desk, Json, Json]:
    """Somebody comes with Anna's number and another name; Bram is there too."""
    await desk.bring([ANNA, BRAM])
    planned = await desk.plan([HEIR, BRAM])
    (question,) = await desk.changes(planned["id"], action="conflict")
    assert question["reason"] == "name_differs"
    return desk, planned, question


async def decide(desk: Desk, run: Json, question: Json, verdict: str, **more: object) -> Json:
    decision = {"change_id": question["id"], "verdict": verdict, **more}
    answer = await desk.client.post(
        f"/v1/imports/{run['id']}/decisions", json={"decisions": [decision]}
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "requested"
    found = await desk.rested(run["id"])
    assert (found["state"], found["replanned"]["because"]) == ("planned", "decided")
    return found


async def test_this_one_is_the_same_person_now_and_in_every_next_plan(
    asked: tuple[Desk, Json, Json],
) -> None:
    desk, planned, question = asked
    anna = (await desk.people())["Anna"]["id"]
    assert question["candidates"] == [anna]
    found = await decide(desk, planned, question, "same", person_id=anna)
    assert await desk.changes(found["id"], action="conflict") == []
    assert (await desk.apply(found))["state"] == "applied"
    assert (await desk.people())["Zoë"]["id"] == anna
    waits = await desk.plan([HEIR, BRAM])
    assert waits["summary"]["people"]["conflict"] == 0


async def test_a_new_person_is_one_and_stays_one(asked: tuple[Desk, Json, Json]) -> None:
    desk, planned, question = asked
    found = await decide(desk, planned, question, "new")
    await desk.apply(found, add=True, archive=True)
    people = await desk.people()
    assert {name: one["state"] for name, one in people.items()} == {
        "Anna": "archived",
        "Bram": "active",
        "Zoë": "active",
    }
    decided = (await desk.client.get("/v1/match-decisions")).json()["items"]
    assert [one["person_id"] for one in decided] == [people["Zoë"]["id"]]
    looks = (await desk.client.get(f"/v1/people/{people['Zoë']['id']}/audit")).json()["items"]
    assert (looks[0]["action"], looks[0]["what"]) == ("look", "match_decisions")
    again = await desk.plan([HEIR, BRAM])
    assert {tuple(one.values()) for one in again["summary"].values()} == {(0, 0, 0, 0, 0, 0)}


async def test_who_is_left_out_is_not_asked_again_until_it_is_taken_back(
    asked: tuple[Desk, Json, Json],
) -> None:
    desk, planned, question = asked
    found = await decide(desk, planned, question, "leave")
    assert await desk.changes(found["id"]) == []
    waits = await desk.plan([HEIR, BRAM])
    assert waits["summary"]["people"]["conflict"] == 0
    (decided,) = (await desk.client.get("/v1/match-decisions")).json()["items"]
    assert (decided["verdict"], decided["label"]) == ("leave", "Zoë Zee (1001)")
    path = f"/v1/match-decisions/{decided['id']}"
    assert (await desk.client.delete(path)).status_code == 204
    assert_refused(await desk.client.delete(path), ErrorCode.NOT_FOUND)
    assert (await desk.client.get("/v1/match-decisions")).json()["items"] == []
    # Nor does the plan that waits go on by what was taken back.
    anew = await desk.rested(waits["id"])
    assert anew["replanned"]["because"] == "decision_taken_back"
    assert anew["summary"]["people"]["conflict"] == 1
    assert (await desk.plan([HEIR, BRAM]))["summary"]["people"]["conflict"] == 1


async def test_who_was_left_out_was_met_by_whatever_list_names_them(
    asked: tuple[Desk, Json, Json], owner: Database
) -> None:
    """A school may take turns with two lists: neither says that the others have left."""
    desk, planned, question = asked
    await decide(desk, planned, question, "leave")
    whose = {"school": desk.school_id}
    since = text("UPDATE match_decision SET last_met_at = '2020-01-01' WHERE school_id = :school")
    met = text("SELECT last_met_at FROM match_decision WHERE school_id = :school")
    years = []
    async with owner.transaction() as connection:
        await connection.execute(since, whose)
    for said in ([BRAM], [HEIR, BRAM]):
        await desk.plan(said)
        async with owner.transaction() as connection:
            years.append((await connection.execute(met, whose)).scalar_one().year)
    assert years == [2020, now().year]


async def test_who_and_what_is_new_may_be_left_out_of_every_next_import(desk: Desk) -> None:
    """A pupil whose parents object, and a group that is no class: also a night takes neither."""
    said = [ANNA, BRAM, H3A, member(ANNA, H3A), member(BRAM, H3A)]
    planned = await desk.plan(said)
    new = {one["label"]: one for one in await desk.changes(planned["id"], action="add")}
    left = [
        {"change_id": new[label]["id"], "verdict": "leave"} for label in (new_label(BRAM), "h3a")
    ]
    path = f"/v1/imports/{planned['id']}/decisions"
    belongs = next(one for label, one in new.items() if one["kind"] == "membership")
    for change, verdict in ((belongs, "leave"), (new[new_label(ANNA)], "new")):
        wrong = {"decisions": [{"change_id": change["id"], "verdict": verdict}]}
        refused = await desk.client.post(path, json=wrong)
        assert refused.json()["code"] in {"invalid_request", "decision_not_possible"}, refused.text
    answer = await desk.client.post(path, json={"decisions": left})
    assert answer.status_code == 202, answer.text
    anew = await desk.rested(planned["id"])
    assert [one["label"] for one in await desk.changes(anew["id"])] == [new_label(ANNA)]
    await desk.apply(anew)
    waits = await desk.plan(said)
    assert await desk.changes(waits["id"]) == []
    held = (await desk.client.get("/v1/match-decisions")).json()["items"]
    assert {(one["label"], one["verdict"]) for one in held} == {
        (new_label(BRAM), "leave"),
        ("h3a", "leave"),
    }
    for one in held:
        await desk.client.delete(f"/v1/match-decisions/{one['id']}")
        await desk.rested(waits["id"])
    assert len(await desk.changes(waits["id"])) == 4, "offered once more"


async def test_who_was_erased_comes_back_as_somebody_new_once_the_school_says_so(
    desk: Desk,
) -> None:
    anna = pupil("1001", "Anna", "Aalbers", eck_id="eck-anna")
    await desk.bring([anna, BRAM])
    person = (await desk.people())["Anna"]["id"]
    key = {"Idempotency-Key": str(new_id())}
    path = f"/v1/people/{person}/erase"
    await desk.client.post(path, json={"ground": "request"}, headers=key)
    # What was decided and not applied is taken back without a trace: the next plan asks again.
    for verdict, is_applied in (("new", False), ("leave", True), ("new", True)):
        planned = await desk.plan([anna, BRAM])
        (question,) = await desk.changes(planned["id"], action="conflict")
        assert (question["reason"], question["candidates"]) == ("erased_before", [])
        anew = await decide(desk, planned, question, verdict)
        if is_applied:
            await desk.apply(anew)
        people = await desk.people()
        assert ("Anna" in people) is (verdict == "new" and is_applied)
        for one in (await desk.client.get("/v1/match-decisions")).json()["items"]:
            await desk.client.delete(f"/v1/match-decisions/{one['id']}")
        await desk.rested(planned["id"])
    assert people["Anna"]["id"] != person
    assert await desk.changes((await desk.plan([anna, BRAM]))["id"]) == []


async def test_deciding_keeps_what_was_chosen_and_voids_the_digest(
    asked: tuple[Desk, Json, Json],
) -> None:
    desk, planned, question = asked
    await desk.choose(planned["id"], add=False, archive=True)
    found = await decide(desk, planned, question, "new")
    assert found["choice"] == {"add": False, "update": True, "archive": True, "clear": False}
    assert_refused(await desk.verder(planned), ErrorCode.PLAN_DIFFERS)
    await desk.apply(found)
    assert {one["state"] for one in (await desk.people(role="pupil")).values()} == {
        *("active", "archived"),
    }


async def test_what_cannot_be_decided_is_refused_with_its_reason(
    asked: tuple[Desk, Json, Json],
) -> None:
    desk, planned, question = asked
    path = f"/v1/imports/{planned['id']}/decisions"
    bram = (await desk.people())["Bram"]["id"]
    wrong = [
        ({"verdict": "same"}, "decisions.0.person_id"),
        ({"verdict": "same", "person_id": bram}, "decisions.0.person_id"),
        ({"verdict": "new", "person_id": question["candidates"][0]}, "decisions.0.person_id"),
        ({"verdict": "new", "person_id": bram}, "decisions.0.person_id"),
        ({"verdict": "leave", "person_id": bram}, "decisions.0.person_id"),
        ({"verdict": "leave", "change_id": str(new_id())}, "decisions.0.change_id"),
    ]
    for body, field in wrong:
        decision = {"change_id": question["id"], **body}
        answer = await desk.client.post(path, json={"decisions": [decision]})
        told = assert_refused(answer, ErrorCode.INVALID_REQUEST)
        assert [one["field"] for one in told["errors"]] == [field]
    twice = [{"change_id": question["id"], "verdict": verdict} for verdict in ("new", "leave")]
    told = assert_refused(
        await desk.client.post(path, json={"decisions": twice}), ErrorCode.INVALID_REQUEST
    )
    assert [one["field"] for one in told["errors"]] == ["decisions.1.change_id"]
    assert (await desk.look(planned["id"]))["digest"] == planned["digest"], "nothing was decided"
    assert (await desk.client.get("/v1/match-decisions")).json()["items"] == []


async def test_two_records_with_one_key_can_only_be_left_out(desk: Desk) -> None:
    await desk.bring([ANNA])
    double = ANNA.model_copy(
        update={"ref": "again", "fields": {**ANNA.fields, "given_name": "Anders"}}
    )
    planned = await desk.plan([ANNA, double])
    assert [one["code"] for one in planned["problems"]] == [
        *("rows_repeated", "conflict", "conflict"),
    ]
    listed = (await desk.client.get(f"/v1/imports/{planned['id']}/problems")).json()["items"]
    anna = (await desk.people())["Anna"]["id"]
    looks = (await desk.client.get(f"/v1/people/{anna}/audit")).json()["items"]
    assert [(one["action"], one["what"]) for one in looks[:2]] == [
        *(("look", "people"), ("look", "problems")),
    ]
    assert planned["problem_count"] == len(listed) == 3
    # A page that names nobody is no look at anybody.
    await desk.client.get(f"/v1/imports/{planned['id']}/problems", params={"limit": 1})
    assert (await desk.client.get(f"/v1/people/{anna}/audit")).json()["items"] == looks
    await desk.client.get(f"/v1/imports/{planned['id']}/problems.csv")
    (newest, *_) = (await desk.client.get(f"/v1/people/{anna}/audit")).json()["items"]
    assert (newest["action"], newest["what"]) == ("export", "problems")
    assert {(one["place"], one["value"], one["detail"]) for one in listed[1:]} == {
        ("leerling", "Anna Aalbers (1001)", "Vraag: staat twee keer in de bron."),
        ("leerling", "Anders Aalbers (1001)", "Vraag: staat twee keer in de bron."),
    }
    questions = await desk.changes(planned["id"], action="conflict")
    decision = {"change_id": questions[0]["id"], "verdict": "new"}
    answer = await desk.client.post(
        f"/v1/imports/{planned['id']}/decisions", json={"decisions": [decision]}
    )
    assert_refused(answer, ErrorCode.DECISION_NOT_POSSIBLE)
    left = await decide(desk, planned, questions[0], "leave")
    assert await desk.changes(left["id"]) == []
    listed = (await desk.client.get(f"/v1/imports/{left['id']}/problems")).json()["items"]
    assert [one["code"] for one in listed] == ["rows_repeated"], "found anew with the plan"
    assert left["problem_count"] == 1


async def test_a_class_is_decided_like_a_person(desk: Desk) -> None:
    second = H3A.model_copy(update={"key": "g-other", "ref": "g-other"})
    keyless = H3A.model_copy(update={"key": None, "ref": "h3a"})
    await desk.bring([ANNA, H3A, second, member(ANNA, H3A)])
    said = [ANNA, keyless, member(ANNA, keyless)]
    planned = await desk.plan(said)
    (question,) = await desk.changes(planned["id"], action="conflict")
    assert (question["kind"], question["reason"]) == ("group", "matches_several")
    one, other = question["candidates"]
    for wrong in ({"person_id": one}, {"group_id": one, "person_id": other}):
        decision = {"change_id": question["id"], "verdict": "same", **wrong}
        path = f"/v1/imports/{planned['id']}/decisions"
        refused = await desk.client.post(path, json={"decisions": [decision]})
        told = assert_refused(refused, ErrorCode.INVALID_REQUEST)
        assert [found["field"] for found in told["errors"]] == ["decisions.0.group_id"]
    found = await decide(desk, planned, question, "same", group_id=other)
    assert found["summary"]["groups"]["conflict"] == 0
    (decided,) = (await desk.client.get("/v1/match-decisions")).json()["items"]
    assert (decided["group_id"], decided["person_id"], decided["label"]) == (other, None, "h3a")
    assert (await desk.plan(said))["summary"]["groups"]["conflict"] == 0, "remembered"


async def _listed(desk: Desk, row: str) -> Json:
    content = f"leerlingnummer;roepnaam;achternaam\n{row}\n".encode()
    answer = await desk.client.post("/v1/imports/csv", files={"file": content})
    return await desk.rested(answer.json()["id"])


async def test_a_list_with_another_number_doubles_nobody_nor_does_who_gets_that_number_next(
    desk: Desk,
) -> None:
    await desk.bring([ANNA])
    anna = (await desk.people())["Anna"]["id"]
    planned = await _listed(desk, "9001;Anna;Aalbers")
    (question,) = await desk.changes(planned["id"])
    assert (question["reason"], question["candidates"]) == ("same_name", [anna])
    found = await decide(desk, planned, question, "same", person_id=anna)
    await desk.apply(found)
    assert await desk.changes((await _listed(desk, "09001;Anna;Aalbers"))["id"]) == []
    # The decision is of Anna: not of whoever is given her number.
    (question,) = await desk.changes((await _listed(desk, "9001;Zoë;Zee"))["id"])
    assert (question["reason"], question["candidates"]) == ("name_differs", [anna])
