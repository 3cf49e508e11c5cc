"""Proofs of a school in which somebody decided, merged, or brought lists alone."""

import asyncio

from shared.database import Database
from shared.ids import new_id
from tests.importer.desk import Desk, Json
from tests.importer.held_up import held_up, holding, next_in_line
from tests.importer.proofs import LATEST, Night
from tests.importer.rosters import (
    ANNA,
    BRAM,
    H3A,
    H3B,
    RosterRecord,
    member,
    pupil,
)


async def test_two_who_became_one_are_no_unexplained_difference(night: Night) -> None:
    desk, fen, fenna = night.desk, pupil("1005", "Fen", "Vries"), pupil("1006", "Fenna", "Vries")
    alone = [ANNA, fen, H3A, H3B, member(fen, H3A)]
    await desk.bring([*alone, fenna, member(fenna, H3B)])
    await desk.apply(await desk.plan(alone), archive=False)
    people = await desk.people()
    path = f"/v1/people/{people['Fenna']['id']}/merge-into/{people['Fen']['id']}"
    headers = {"If-Match": "*", "Idempotency-Key": str(new_id())}
    body = {"ground": "double_in_source"}
    assert (await desk.client.post(path, json=body, headers=headers)).status_code == 200
    proof = await night.proof()
    assert (proof["verdict"], proof["causes"]) == ("explained", {"by_hand": 1}), proof
    (joined,) = await night.differences(cause="by_hand")
    assert (joined["action"], joined["label"]) == ("archive", "Fen Vries (1005) → h3b")


async def _decided(desk: Desk, records: list[RosterRecord], verdict: str) -> Json:
    """A plan whose one question has its answer."""
    asked = await desk.plan(records)
    (question,) = await desk.changes(asked["id"], action="conflict")
    body = {"decisions": [{"change_id": question["id"], "verdict": verdict}]}
    answer = await desk.client.post(f"/v1/imports/{asked['id']}/decisions", json=body)
    assert answer.status_code == 202, answer.text
    return await desk.rested(asked["id"])


async def test_a_decision_that_was_taken_back_is_an_open_question(night: Night) -> None:
    desk = night.desk
    heir = pupil("1001", "Zoë", "Zee").model_copy(update={"key": "l-heir", "ref": "l-heir"})
    await desk.bring([ANNA, BRAM])
    await desk.apply(await _decided(desk, [heir, BRAM], "leave"))
    await desk.bring([heir, BRAM])
    assert (await night.proof())["verdict"] == "equal"
    (kept,) = (await desk.client.get("/v1/match-decisions")).json()["items"]
    await desk.client.delete(f"/v1/match-decisions/{kept['id']}")
    proof = await night.proof()
    assert (proof["verdict"], proof["causes"]) == ("explained", {"question": 1}), proof


async def test_a_decision_that_is_taken_back_while_a_fix_is_made_is_not_followed(
    night: Night, owner: Database
) -> None:
    desk = night.desk
    heir = pupil("1002", "Zoë", "Zee").model_copy(update={"key": "l-heir", "ref": "l-heir"})
    await desk.bring([ANNA, BRAM])
    await desk.apply(await _decided(desk, [ANNA, heir], "new"), add=False, archive=False)
    assert (await night.proof())["causes"] == {"left_out": 2}, "to add Zoë, and archive Bram"
    (kept,) = (await desk.client.get("/v1/match-decisions")).json()["items"]
    async with holding(owner, desk.school_id, "roster_version") as roster:
        fix = await desk.client.post(f"{LATEST}/fix", json={"causes": ["left_out"]})
        await held_up(roster)
        path = f"/v1/match-decisions/{kept['id']}"
        taking_back = asyncio.create_task(desk.client.delete(path))
        await next_in_line(roster)
    assert (await taking_back).status_code == 204
    plan = await desk.rested(fix.json()["id"])
    assert await desk.changes(plan["id"]) == []


LIST = [
    "rol;leerlingnummer;voornaam;achternaam;e-mail;klas",
    *("leerling;1001;Anna;Aalbers;a@x.nl;h3a", "leerling;1002;Bram;Bos;;h3a"),
    "leerling;1003;Chris;Cornelisse;;h3b",
]


async def test_a_school_that_is_fed_by_lists_alone_is_proven_by_the_last_of_them(
    night: Night,
) -> None:
    desk = night.desk
    assert (await desk.apply(await desk.plan_list(LIST)))["state"] == "applied"
    first, second = [await night.proof() for _ in range(2)]
    assert (first["verdict"], first["people"], second["stands_on"]) == ("equal", 3, first["id"])
    await night.tamper("UPDATE person SET email = 'x@y.nl' WHERE given_name = 'Anna'")
    anna = (await desk.people())["Anna"]["id"]
    assert (await desk.client.patch(f"/v1/people/{anna}", json={"leerjaar": "3"})).is_success
    assert (await night.proof())["causes"] == {"unexplained": 1}, "a list says nothing of leerjaar"
    (found,) = await night.differences()
    assert (found["source"], found["label"]) == ("csv", "Anna Aalbers (1001)")
    fix = await desk.rested((await desk.client.post(f"{LATEST}/fix", json={})).json()["id"])
    assert (await desk.apply(fix))["state"] == "applied"
    await desk.apply(await desk.plan_list(LIST[:3]))
    proof = await night.proof()
    assert (proof["verdict"], proof["causes"].keys()) == ("explained", {"left_out"})
    assert {one["label"] for one in await night.differences()} >= {"Chris Cornelisse (1003)"}
