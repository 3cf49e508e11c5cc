"""A plan that changes more than a school would is held until somebody takes it on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.database import Database
from shared.errors.codes import ErrorCode
from tests.fixtures.callers import Issuer
from tests.fixtures.http import http_client
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.held_up import held_up, holding, next_in_line
from tests.importer.rosters import RosterRecord, group, member, pupil

H3A, H3B = group("h3a"), group("h3b")
PUPILS = [pupil(str(at), f"P{at}", "Boer", email=f"{at}@old.example") for at in range(1, 41)]
ROSTER: list[RosterRecord] = [
    *(H3A, H3B, *PUPILS),
    *(member(one, H3A if at < 20 else H3B) for at, one in enumerate(PUPILS)),
]
SCHOOL, ROLE, KLAS = "many_archived:school", "many_archived:role:pupil", "many_archived:klas:h3a"
STRICT = {"scope": "klas", "about": "archive", "percent": 5, "at_least": 1}
_GIVEN = text("""
    SELECT brake, reason, name, confirmed_by FROM import_confirmation WHERE school_id = :school
""")


def without(*gone: RosterRecord) -> list[RosterRecord]:
    """The school without these pupils."""
    keys = {one.ref for one in gone if hasattr(one, "ref")}
    return [
        one
        for one in ROSTER
        if getattr(one, "ref", None) not in keys and getattr(one, "person", None) not in keys
    ]


@pytest.fixture
async def held(desk: Desk) -> tuple[Desk, Json]:
    """A school of forty of whom ten, all of one klas, would be archived."""
    await desk.bring(ROSTER)
    return desk, await desk.plan(without(*PUPILS[:10]))


async def test_a_held_plan_is_applied_only_once_it_was_confirmed(
    held: tuple[Desk, Json], owner: Database
) -> None:
    desk, planned = held
    assert {one["key"]: one["detail"] for one in planned["brakes"]} == {
        SCHOOL: "10 van de 40 personen van de school zouden worden gearchiveerd.",
        ROLE: "10 van de 40 leerlingen zouden worden gearchiveerd.",
        KLAS: "10 van de 20 leerlingen van klas h3a zouden worden gearchiveerd.",
    }
    await desk.choose(planned["id"], archive=True)
    told = assert_refused(await desk.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)
    assert {one["key"] for one in told["brakes"]} == {SCHOOL, ROLE, KLAS}
    some = await desk.confirm(planned, SCHOOL, ROLE)
    assert some is not None
    assert {one["key"]: one["holds"] for one in some.json()} == {
        SCHOOL: False,
        ROLE: False,
        KLAS: True,
    }
    assert_refused(await desk.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)
    assert len(await desk.people(state="active")) == len(PUPILS)
    await desk.confirm(planned, KLAS)
    assert (await desk.apply(planned))["state"] == "applied"
    assert len(await desk.people(state="active")) == 30
    async with owner.transaction(desk.school_id) as connection:
        given = [tuple(row) for row in await connection.execute(_GIVEN, {"school": desk.school_id})]
    written = ("Dit klopt, is nagevraagd.", "A. de Beheerder", "user:test-subject")
    assert sorted(given) == sorted((key, *written) for key in (SCHOOL, ROLE, KLAS))


async def test_brakes_about_archives_do_not_hold_what_archives_nobody(
    held: tuple[Desk, Json],
) -> None:
    desk, planned = held
    assert {one["holds"] for one in (await desk.brakes(planned)).values()} == {False}
    rows = await desk.changes(planned["id"], action="archive", kind="person")
    await desk.choose(planned["id"], rows={one["id"]: True for one in rows[:9]})
    now = await desk.brakes(planned)
    assert {key: (one["chosen"], one["holds"]) for key, one in now.items()} == {
        SCHOOL: (9, False),
        ROLE: (9, False),
        KLAS: (9, False),
    }
    await desk.choose(planned["id"], rows={rows[9]["id"]: True})
    assert {one["holds"] for one in (await desk.brakes(planned)).values()} == {True}
    await desk.choose(planned["id"], rows={rows[9]["id"]: False})
    assert (await desk.apply(planned))["state"] == "applied"


async def test_a_confirmation_is_for_one_plan_only(held: tuple[Desk, Json]) -> None:
    desk, planned = held
    await desk.confirm(planned)
    other = await desk.plan(without(*PUPILS[:11]))
    await desk.choose(other["id"], archive=True)
    assert_refused(await desk.verder(other), ErrorCode.BRAKE_NOT_CONFIRMED)
    late = await desk.confirm({**other, "digest": planned["digest"]})
    assert late is not None
    assert_refused(late, ErrorCode.PLAN_DIFFERS)
    gone = await desk.confirm(planned)
    assert gone is not None
    assert_refused(gone, ErrorCode.IMPORT_NOT_READY)


async def test_a_repeated_confirmation_changes_nothing(
    held: tuple[Desk, Json], owner: Database
) -> None:
    desk, planned = held
    for headers in ({"Idempotency-Key": "c-1"}, {"Idempotency-Key": "c-1"}, {}):
        again = await desk.confirm(planned, KLAS, **headers)
        assert again is not None
        assert again.status_code == 200
    reused = await desk.confirm(planned, SCHOOL, **{"Idempotency-Key": "c-1"})
    assert reused is not None
    assert_refused(reused, ErrorCode.IDEMPOTENCY_KEY_REUSED)
    given = {"digest": planned["digest"], "brakes": [KLAS], "reason": "klopt", "name": "Beheer"}
    path = f"/v1/imports/{planned['id']}/confirmations"
    for other in ({}, {"reason": "klopt niet"}, {"name": "Iemand"}):
        answer = await desk.client.post(
            path, json={**given, **other}, headers={"Idempotency-Key": "c-2"}
        )
        if other:
            assert_refused(answer, ErrorCode.IDEMPOTENCY_KEY_REUSED)
        else:
            assert answer.status_code == 200
    async with owner.transaction(desk.school_id) as connection:
        assert len(list(await connection.execute(_GIVEN, {"school": desk.school_id}))) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"name": ""}, "name"),
        ({"brakes": []}, "brakes"),
        ({"brakes": ["many_archived:klas:h9z"]}, "brakes.0"),
    ],
)
async def test_a_confirmation_without_its_facts_is_refused(
    held: tuple[Desk, Json], wrong: dict[str, Any], field: str
) -> None:
    desk, planned = held
    body = {"digest": planned["digest"], "brakes": [KLAS], "reason": "klopt", "name": "Beheer"}
    path = f"/v1/imports/{planned['id']}/confirmations"
    answer = await desk.client.post(path, json={**body, **wrong})
    told = assert_refused(answer, ErrorCode.INVALID_REQUEST)
    assert [one["field"] for one in told["errors"]] == [field]


async def test_all_emails_that_change_domain_hold_bijwerken(desk: Desk) -> None:
    await desk.bring(ROSTER)
    moved = [pupil(str(at), f"P{at}", "Boer", email=f"{at}@new.example") for at in range(1, 41)]
    planned = await desk.plan([*moved, *(one for one in ROSTER if one not in PUPILS)])
    assert {one["code"] for one in planned["brakes"]} == {"email_domain_changed"}
    assert_refused(await desk.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)
    where = {"brake": "email_domain_changed:klas:h3b:email"}
    few = await desk.choose(planned["id"], filters=[{"where": where, "chosen": False}])
    assert few.json()["chosen"]["pupils"]["update"] == 20
    await desk.choose(planned["id"], update=False)
    assert (await desk.apply(planned))["state"] == "applied"


async def test_an_administrator_who_would_archive_himself_is_asked(
    desk: Desk, served: Served, issuer: Issuer
) -> None:
    await desk.bring(ROSTER)
    people = await desk.people()
    planned = await desk.plan(without(*PUPILS[:2]))
    await desk.choose(planned["id"], archive=True)
    # What one lets pass of themselves is not the other's.
    for name in ("P1", "P2"):
        me = people[name]["id"]
        headers = await issuer.headers(school=desk.school_id, person=UUID(me))
        async with http_client(served.url, headers) as client:
            own = Desk(desk.school_id, client, desk.source)
            key = f"administrator_archived:school:{me}"
            assert set(await own.brakes(planned)) == {key}
            told = assert_refused(await own.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)
            assert told["brakes"][0]["detail"] == "U zou uzelf archiveren."
            let_pass = await own.confirm(planned, key)
            assert let_pass is not None
            assert [one["holds"] for one in let_pass.json()] == [False]
    async with http_client(served.url, headers) as client:
        own = Desk(desk.school_id, client, desk.source)
        assert (await own.apply(planned))["state"] == "applied"


async def test_a_school_sets_its_own_thresholds(desk: Desk) -> None:
    every = (await desk.client.get("/v1/guard-rails")).json()["thresholds"]
    assert len(every) == 8
    assert {(one["percent"], one["at_least"]) for one in every} == {(20, 10)}
    answer = await desk.client.put("/v1/guard-rails", json={"thresholds": [STRICT]})
    assert STRICT in answer.json()["thresholds"]
    await desk.bring(ROSTER)
    planned = await desk.plan(without(PUPILS[0]))
    assert [one["key"] for one in planned["brakes"]] == [KLAS]
    # The plan that waits is held by what the school has set now, in either direction.
    for thresholds, expected in [([], []), ([STRICT], [KLAS])]:
        done = await desk.client.put("/v1/guard-rails", json={"thresholds": thresholds})
        assert done.is_success
        anew = await desk.rested(planned["id"])
        assert [one["key"] for one in anew["brakes"]] == expected
        assert anew["replanned"]["because"] == "guard_rails_set"
    assert (await desk.choose(anew["id"], archive=True)).is_success
    assert_refused(await desk.verder(anew), ErrorCode.BRAKE_NOT_CONFIRMED)
    await desk.client.put("/v1/guard-rails", json={"thresholds": []})
    assert (await desk.client.get("/v1/guard-rails")).json()["thresholds"] == every
    for wrong in ({"percent": 0}, {"at_least": 0}, {"scope": "land"}):
        refused = await desk.client.put(
            "/v1/guard-rails", json={"thresholds": [{**STRICT, **wrong}]}
        )
        assert_refused(refused, ErrorCode.INVALID_REQUEST)


async def test_no_threshold_is_raised_so_far_that_nothing_is_held_for_ever(
    desk: Desk, owner: Database
) -> None:
    most = {**STRICT, "percent": 50, "at_least": 50}
    assert (await desk.client.put("/v1/guard-rails", json={"thresholds": [most]})).is_success
    for wrong in ({"percent": 51}, {"at_least": 51}):
        body = {"thresholds": [{**STRICT, **wrong}]}
        refused = await desk.client.put("/v1/guard-rails", json=body)
        [error] = assert_refused(refused, ErrorCode.INVALID_REQUEST)["errors"]
        assert error["field"] == f"thresholds.0.{next(iter(wrong))}"
        assert error["message"].startswith("dit mag hoogstens 50 zijn")
        assert "met een bevestiging" in error["message"]
    # As could be set before there was a bound.
    async with owner.transaction(desk.school_id) as connection:
        for_ever = text("UPDATE guard_rail SET percent = 100, at_least = 10000")
        await connection.execute(for_ever)
    assert most in (await desk.client.get("/v1/guard-rails")).json()["thresholds"]


async def test_thresholds_that_are_set_while_a_plan_is_made_hold_it(
    desk: Desk, owner: Database
) -> None:
    await desk.bring(ROSTER)
    desk.says(without(PUPILS[0]))
    async with holding(owner, desk.school_id, "roster_version") as roster:
        run_id = await desk.begin()
        await held_up(roster)
        # Next in line after the worker that reads all that its plan follows from.
        body = {"thresholds": [STRICT]}
        setting = asyncio.create_task(desk.client.put("/v1/guard-rails", json=body))
        await next_in_line(roster)
    assert (await setting).is_success
    assert [one["key"] for one in (await desk.rested(run_id))["brakes"]] == [KLAS]


async def test_another_schools_thresholds_are_its_own(
    desk: Desk, importer: Served, desk_at: Callable[[Served], Awaitable[Desk]]
) -> None:
    await desk.client.put("/v1/guard-rails", json={"thresholds": [STRICT]})
    other = await desk_at(importer)
    assert (await other.client.put("/v1/guard-rails", json={"thresholds": []})).status_code == 200
    assert STRICT not in (await other.client.get("/v1/guard-rails")).json()["thresholds"]
