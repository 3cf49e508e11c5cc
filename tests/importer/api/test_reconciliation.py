"""A proof each night, what it found, what is accepted, and a plan that fixes the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import text

from services.importer.application.prove_rosters import prove_rosters
from services.importer.store.baseline_content import unpack
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from shared.roster.document import PersonRecord
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.proofs import DAY, LATEST, PROOFS, Night
from tests.importer.rosters import (
    ANNA,
    BRAM,
    CHRIS_RENAMED,
    first_week,
    second_week,
)


async def test_what_was_imported_is_equal_and_the_proof_stands_while_nothing_changes(
    night: Night,
) -> None:
    await night.desk.bring(first_week())
    first, second, third = [await night.proof() for _ in range(3)]
    assert (first["verdict"], first["causes"], first["people"]) == ("equal", {}, 4)
    assert first["stands_on"] is None
    assert second["stands_on"] == third["stands_on"] == first["id"]
    assert second["digest"] == first["digest"]
    await night.desk.bring(second_week())
    fourth = await night.proof()
    assert (fourth["verdict"], fourth["stands_on"]) == ("equal", None)
    assert fourth["digest"] != first["digest"]


async def test_what_waits_is_left_out_undone_or_changed_by_hand_is_on_record(night: Night) -> None:
    desk = night.desk
    await desk.bring(first_week())
    planned = await desk.plan(second_week())
    assert (await night.proof())["causes"].keys() == {"waiting"}
    await desk.apply(planned, add=False, update=True, archive=False)
    proof = await night.proof()
    assert (proof["verdict"], proof["causes"]) == ("explained", {"left_out": 3})
    anna = (await desk.people())["Anna"]["id"]
    await desk.client.patch(f"/v1/people/{anna}", json={"email": "met@de.hand"})
    assert (await night.proof())["causes"] == {"left_out": 3, "by_hand": 1}
    (by_hand,) = await night.differences(cause="by_hand")
    assert by_hand["reason_detail"] == "de bron heeft een andere waarde"
    assert by_hand["fields"] == [
        {"field": "email", "before": "met@de.hand", "after": "1001@school.example"}
    ]
    undo = (await desk.client.post(f"/v1/imports/{planned['id']}/undo")).json()
    await desk.apply(await desk.rested(undo["id"]))
    causes = (await night.proof())["causes"]
    assert causes.keys() == {"left_out", "by_hand", "undone"}
    assert causes["undone"] >= 2


async def _tampered(night: Night) -> dict[str, Json]:
    """A school in which somebody changed two rows and deleted one, all by SQL."""
    await night.desk.bring(first_week())
    assert (await night.proof())["verdict"] == "equal"
    await night.tamper("UPDATE person SET email = 'x@y.nl' WHERE given_name = 'Anna'")
    await night.tamper(
        "UPDATE person SET state = 'archived', archived_at = now() WHERE given_name = 'Bram'"
    )
    await night.delete("DELETE FROM membership WHERE role = 'teacher'")
    proof = await night.proof()
    assert (proof["verdict"], proof["causes"]) == ("differs", {"unexplained": 3}), proof
    return {one["action"]: one for one in await night.differences(cause="unexplained")}


async def test_what_somebody_wrote_past_the_importer_is_found_and_fixed_by_a_plan(
    night: Night,
) -> None:
    desk, found = night.desk, await _tampered(night)
    assert {one: found[one]["label"] for one in found} == {
        "update": "Anna Aalbers (1001)",
        "reactivate": "Bram Bos (1002)",
        "add": "Eefje Berg (vdb) → h3wi1",
    }
    key = {"Idempotency-Key": str(desk.school_id)}
    answers = [await desk.client.post(f"{LATEST}/fix", json={}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202], answers[0].text
    assert answers[0].json()["id"] == answers[1].json()["id"]
    plan = await desk.rested(answers[0].json()["id"])
    assert (plan["state"], plan["source"]) == ("planned", "reconciliation")
    changes = await desk.changes(plan["id"])
    assert sorted(one["action"] for one in changes) == ["add", "reactivate", "update"]
    assert all(one["chosen"] for one in changes)
    assert (await desk.people())["Anna"]["email"] == "x@y.nl", "nothing changes before VERDER"
    assert (await desk.apply(plan))["state"] == "applied"
    assert (await night.proof())["verdict"] == "equal"


async def test_one_difference_is_fixed_another_accepted_until_a_day(night: Night) -> None:
    desk, found = night.desk, await _tampered(night)
    body = {
        "difference_id": found["update"]["id"],
        "until": str(DAY + timedelta(days=4)),
        "reason": "Dit klopt zo.",
        "name": "A. de Beheerder",
    }
    for _ in range(2):
        answer = await desk.client.post(f"{LATEST}/exceptions", json=body)
        assert answer.status_code == 201, answer.text
    fix = {"differences": [found["reactivate"]["id"], found["add"]["id"]]}
    plan = await desk.rested((await desk.client.post(f"{LATEST}/fix", json=fix)).json()["id"])
    await desk.apply(plan)
    third, fourth, fifth = [await night.proof() for _ in range(3)]
    assert (third["verdict"], third["causes"], third["accepted"]) == (
        *("explained", {"unexplained": 1}),
        1,
    )
    assert fourth["verdict"] == "explained"
    assert (fifth["verdict"], fifth["stands_on"]) == ("differs", third["id"]), "it lapsed"
    (left,) = await night.differences()
    assert (left["accepted_until"], left["accepted_why"]) == (body["until"], body["reason"])
    await night.tamper("UPDATE person SET email = 'z@y.nl' WHERE given_name = 'Anna'")
    await night.proof()
    (another,) = await night.differences()
    assert another["accepted_until"] is None, "another value is another difference"


async def test_what_is_asked_wrongly_is_refused(night: Night) -> None:
    client = night.desk.client
    nobody = {"difference_id": str(new_id()), "until": str(DAY), "reason": "omdat", "name": "Ab"}
    assert_refused(await client.post(f"{LATEST}/exceptions", json=nobody), ErrorCode.NOT_FOUND)
    late = {**nobody, "until": str(DAY + timedelta(days=367))}
    refused = await client.post(f"{LATEST}/exceptions", json=late)
    assert_refused(refused, ErrorCode.INVALID_REQUEST)
    fix = await client.post(f"{LATEST}/fix", json={"differences": [str(new_id())]})
    assert_refused(fix, ErrorCode.INVALID_REQUEST)
    assert (await client.get(PROOFS)).json()["items"] == []


async def test_who_is_erased_is_in_nothing_that_is_kept_of_a_source(
    night: Night, owner: Database
) -> None:
    desk = night.desk
    await desk.bring([ANNA, BRAM])
    await desk.plan([ANNA, CHRIS_RENAMED])
    await night.proof()
    anna = (await desk.people())["Anna"]["id"]
    key = {"Idempotency-Key": str(new_id())}
    erased = await desk.client.post(
        f"/v1/people/{anna}/erase", json={"ground": "request"}, headers=key
    )
    assert erased.status_code < 300, erased.text
    assert await _kept(owner, desk) == [CHRIS_RENAMED.ref]
    proof = await night.proof()
    assert (proof["verdict"], proof["causes"]) == ("explained", {"not_applied": 2})
    assert "Anna" not in str(await night.differences())
    again = await desk.plan([ANNA, BRAM])
    assert [one["reason"] for one in await desk.changes(again["id"])] == ["erased_before"]
    assert await _kept(owner, desk) == [BRAM.ref], "also when the source still has them"
    assert (await night.proof())["verdict"] == "equal"


async def _kept(owner: Database, desk: Desk) -> list[str]:
    content = text("SELECT content FROM source_baseline WHERE school_id = :id")
    async with owner.transaction(desk.school_id) as connection:
        kept = (await connection.execute(content, {"id": desk.school_id})).scalar_one()
    records = unpack(bytes(kept)).records
    return [one.ref for one in records if isinstance(one, PersonRecord)]


async def test_each_school_is_proven_once_a_night_whatever_becomes_of_another(
    night: Night, importer: Served, desk_at: Callable[[Served], Awaitable[Desk]]
) -> None:
    broken = await desk_at(importer)
    schools = [night.desk.school_id, broken.school_id]
    for desk in (night.desk, broken):
        await desk.bring([ANNA])
    async with night.owner.transaction() as connection:
        others = "UPDATE roster_version SET reconciled_on = :day WHERE NOT school_id = ANY(:ours)"
        await connection.execute(text(others), {"day": DAY, "ours": schools})
        unreadable = text("UPDATE source_baseline SET content = 'x' WHERE school_id = :id")
        await connection.execute(unreadable, {"id": broken.school_id})
    await asyncio.gather(*(prove_rosters(night.database, DAY) for _ in range(3)))
    found = [(await desk.client.get(PROOFS)).json()["items"] for desk in (night.desk, broken)]
    assert [len(proofs) for proofs in found] == [1, 0]
