"""One person: explained, exported, erased, and who looked at them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from services.importer.store.staging import read_lines
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from shared.roster.document import MemberRole
from tests.fixtures.callers import settle
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.held_up import held_up, holding
from tests.importer.rosters import (
    ANNA,
    CHRIS_RENAMED,
    EEFJE,
    WI,
    first_week,
    member,
    pupil,
    second_week,
)

OF_WI = (member(ANNA, WI), member(EEFJE, WI, MemberRole.TEACHER))
_NEXT_WAITS = text("""
    SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'tuple' AND NOT granted
        AND relation = 'roster_version'::regclass
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
""")
_LICENSE = text("""
    WITH product AS (INSERT INTO product VALUES ('numo', 'X', 'id', 'x', '{}', '{}')
            ON CONFLICT DO NOTHING),
        sold AS (INSERT INTO license_product VALUES (:code, 'X', 'numo', NULL) RETURNING code),
        pool AS (INSERT INTO license_pool (id, school_id, license_product, schooljaar)
            SELECT gen_random_uuid(), :school, code, '2026-2027' FROM sold RETURNING id),
        held AS (INSERT INTO license (id, school_id, pool_id, person_id)
            SELECT gen_random_uuid(), :school, id, :person FROM pool RETURNING id),
        granted AS (INSERT INTO license_entry (id, school_id, pool_id, kind, amount, actor, reason)
            SELECT gen_random_uuid(), :school, id, 'grant', 5, 'ops', 'order' FROM pool),
        used AS (INSERT INTO license_entry (id, school_id, pool_id, kind, amount, license_id)
            SELECT gen_random_uuid(), :school, pool.id, 'use', -1, held.id FROM pool, held)
    INSERT INTO license_use (id, school_id, license_id, person_id, activity_kind, activity_id,
        started_at, license_used_now)
    SELECT gen_random_uuid(), :school, id, :person, kind, 'breuken', now(),
        kind = 'sprongtoets'
    FROM held, unnest(ARRAY['sprongtoets', 'oefening']) AS kind
""")


async def _get(desk: Desk, person: str, what: str) -> Any:
    answer = await desk.client.get(f"/v1/people/{person}/{what}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _erase(desk: Desk, person: str, key: str = "once", **body: str) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    path = f"/v1/people/{person}/erase"
    return await desk.client.post(path, json={"ground": "request", **body}, headers=headers)


async def _use_license(owner: Database, desk: Desk, person: str) -> None:
    async with owner.transaction() as connection:
        facts = {"school": desk.school_id, "person": UUID(person), "code": f"p{new_id().hex[:20]}"}
        await connection.execute(_LICENSE, facts)


async def test_the_timeline_tells_what_happened_from_where_and_by_whom(
    desk: Desk, owner: Database
) -> None:
    first = await desk.bring(first_week())
    people = await desk.people()
    chris, bram = people["Chris"]["id"], people["Bram"]["id"]
    await _use_license(owner, desk, chris)
    second = await desk.bring(second_week())
    run = await desk.plan(first_week())
    await desk.apply(run, add=True, update=False)
    entries = (await _get(desk, chris, "timeline"))["entries"]
    assert [(found["event"], found["outcome"]) for found in entries] == [
        ("changed", "not_chosen"),
        ("joined_group", "not_chosen"),
        ("left_group", "not_chosen"),
        ("changed", "applied"),
        ("joined_group", "applied"),
        ("left_group", "applied"),
        ("license_used", "applied"),
        ("added", "applied"),
        ("joined_group", "applied"),
    ]
    renamed = entries[3]
    assert renamed["import_id"] == second["id"]
    assert (renamed["source"], renamed["reason"]) == ("somtoday", "fields_differ")
    assert renamed["requested_by"] == renamed["approved_by"] == "user:test-subject"
    after = CHRIS_RENAMED.fields["family_name"]
    assert renamed["fields"] == [{"field": "family_name", "before": "Cornelisse", "after": after}]
    assert {entries[4]["group_name"], entries[5]["group_name"]} == {"h3a", "h3b"}
    assert entries[6]["activity_kind"] == "sprongtoets"
    assert entries[7]["import_id"] == first["id"]
    events = [found["event"] for found in (await _get(desk, bram, "timeline"))["entries"]]
    assert events == ["came_back", "joined_group", "archived", "added", "joined_group"]
    gone = await desk.bring([one for one in first_week() if one not in (WI, *OF_WI)])
    left = (await _get(desk, people["Anna"]["id"], "timeline"))["entries"][0]
    assert (left["event"], left["group_name"], left["reason"], left["import_id"]) == (
        *("left_group", "h3wi1", "not_in_source", gone["id"]),
    )
    (look, *_) = (await _get(desk, people["Anna"]["id"], "audit"))["items"][1:]
    assert (look["action"], look["import_id"]) == ("change", gone["id"]), "by the group alone"


async def test_everybody_who_looked_or_changed_is_told(
    desk: Desk, importer: Served, desk_at: Callable[[Served], Awaitable[Desk]]
) -> None:
    run = await desk.bring(first_week())
    people = await desk.people()
    anna, bram = people["Anna"]["id"], people["Bram"]["id"]
    await desk.changes(run["id"], kind="person")
    headers = {"X-Request-ID": "look-at-anna"}
    await desk.client.get(f"/v1/people/{anna}", headers=headers)
    await _get(desk, anna, "timeline")
    looks = (await _get(desk, anna, "audit"))["items"]
    assert [(found["action"], found["what"]) for found in looks] == [
        ("look", "timeline"),
        ("look", "person"),
        ("look", "changes"),
        ("look", "people"),
        ("change", "import"),
    ]
    assert {found["actor"] for found in looks} == {"user:test-subject"}
    assert looks[1]["request_id"] == "look-at-anna"
    assert {looks[2]["import_id"], looks[4]["import_id"]} == {run["id"]}
    others = (await _get(desk, bram, "audit"))["items"]
    assert "person" not in {found["what"] for found in others}
    assert "Anna" not in str(looks)
    page = await desk.client.get(f"/v1/people/{anna}/audit", params={"limit": 2})
    query = {"limit": 2, "cursor": page.json()["next"]}
    rest = await desk.client.get(f"/v1/people/{anna}/audit", params=query)
    assert page.json()["items"] + rest.json()["items"] == looks[:4]
    theirs = await desk_at(importer)
    for what in ("", "/timeline", "/audit", "/export"):
        path = f"/v1/people/{anna}{what}"
        assert_refused(await theirs.client.get(path), ErrorCode.NOT_FOUND)
    assert_refused(await _erase(theirs, anna), ErrorCode.NOT_FOUND)


async def test_an_export_holds_everything_and_itself(desk: Desk, owner: Database) -> None:
    anna = pupil("1001", "Anna", "Aalbers", eck_id="eck-anna", email="a@x.example")
    await desk.bring([anna, *(one for one in first_week() if one.kind != "person")])
    person = (await desk.people())["Anna"]["id"]
    await _use_license(owner, desk, person)
    found = await _get(desk, person, "export")
    assert found["person"]["eck_id"] == "eck-anna"
    assert found["person"]["source_key"] == "l-1001"
    assert {held["group_name"] for held in found["memberships"]} == {"h3a", "h3wi1"}
    assert len(found["license_uses"]) == 2
    assert found["timeline"][-1]["event"] in {"added", "joined_group"}
    assert found["audit"][0]["action"] == "export"
    assert [(one["source"], one["fields"]["email"]) for one in found["said"]] == [
        ("somtoday", "a@x.example")
    ]
    assert found["absent_since"] is None
    lacking = await desk.plan([pupil("1009", "Bo", "Bos")])
    (gone,) = await desk.changes(lacking["id"], action="archive", kind="person")
    found = await _get(desk, person, "export")
    assert (gone["absent_once"], found["absent_since"]) == (True, gone["absent_since"])
    assert found["absent_since"] is not None


def _texts(value: Any) -> str:
    return str(value).lower()


async def test_an_erased_person_is_nobody_and_does_not_come_back_unasked(
    desk: Desk, owner: Database
) -> None:
    anna = pupil("1001", "Anna", "Aalbers", eck_id="eck-anna", leerjaar="3")
    week = [anna if one.kind == "person" and one.ref == anna.ref else one for one in first_week()]
    await desk.bring(week)
    person = (await desk.people())["Anna"]["id"]
    await _use_license(owner, desk, person)
    assert (await desk.client.patch(f"/v1/people/{person}", json={"prefix": "aalbers"})).is_success
    await _decided_on(owner, desk, "pupil:eck_id:eck-anna")
    version = (await desk.client.get("/v1/people")).json()["roster_version"]
    waiting = await desk.plan(second_week())
    erased = await _erase(desk, person)
    assert erased.json()["is_known_again"] is True, erased.text
    assert (await _erase(desk, person)).json() == erased.json()
    assert (await _erase(desk, person, "again")).json() == erased.json()
    reused = await _erase(desk, person, ground="instruction")
    assert_refused(reused, ErrorCode.IDEMPOTENCY_KEY_REUSED)
    assert "gewist" in (await desk.rested(waiting["id"]))["problem_detail"]
    await _told_as_a_tombstone(desk, person, version)
    held = await _get(desk, person, "export")
    assert "aalbers" not in _texts(held)
    assert "1001" not in _texts({**held, "audit": None})
    emptied = [{"field": "prefix", "before": None, "after": None}]
    assert {one["event"]: one["fields"] for one in held["timeline"]} == {
        "erased": [],
        "changed_by_hand": emptied,
        "license_used": [],
    }
    assert held["timeline"][0]["reason"] == "request"
    assert len(held["license_uses"]) == 2
    again = await desk.plan(week)
    (question,) = await desk.changes(again["id"], action="conflict")
    assert (question["reason"], question["candidates"]) == ("erased_before", [])
    await desk.apply(again, add=True)
    assert "Anna" not in await desk.people()
    await _nothing_left(owner, desk)


async def _told_as_a_tombstone(desk: Desk, person: str, version: int) -> None:
    feed = {"changed_since": version}
    (told,) = (await desk.client.get("/v1/people", params=feed)).json()["items"]
    assert (told["id"], told["state"], told["given_name"]) == (person, "erased", None)
    assert told["leerjaar"] == "3", "what statistics need stays"
    ended = (await desk.client.get("/v1/memberships", params=feed)).json()["items"]
    assert {found["state"] for found in ended} == {"ended"}
    assert "Anna" not in await desk.people()


async def _decided_on(owner: Database, desk: Desk, identity: str) -> None:
    decide = text("""
        INSERT INTO match_decision (id, school_id, source_identity, verdict, label, decided_by)
        VALUES (gen_random_uuid(), :school, :identity, 'leave', 'Anna Aalbers', 'user:x')
    """)
    async with owner.transaction() as connection:
        await connection.execute(decide, {"school": desk.school_id, "identity": identity})


async def _nothing_left(owner: Database, desk: Desk) -> None:
    columns = text("""
        SELECT to_jsonb(p)::text FROM person p WHERE school_id = :school AND state = 'erased'
        UNION ALL SELECT to_jsonb(c)::text FROM import_change c
            WHERE school_id = :school AND outcome = 'applied'
        UNION ALL SELECT to_jsonb(k)::text FROM erased_key k WHERE school_id = :school
        UNION ALL SELECT to_jsonb(a)::text FROM audit_entry a WHERE school_id = :school
        UNION ALL SELECT to_jsonb(h)::text FROM hand_change h WHERE school_id = :school
        UNION ALL SELECT to_jsonb(d)::text FROM match_decision d WHERE school_id = :school
    """)
    staged = text("SELECT run_id FROM import_line WHERE school_id = :school")
    async with owner.transaction() as connection:
        rows = list((await connection.execute(columns, {"school": desk.school_id})).scalars())
        runs = list((await connection.execute(staged, {"school": desk.school_id})).scalars())
        rows += [line for run_id in runs for line in await read_lines(connection, run_id)]
    assert rows
    decided = (await desk.client.get("/v1/match-decisions")).json()["items"]
    assert decided == [], "what was decided of nobody holds no more"
    assert "aalbers" not in _texts(rows)
    assert "eck-anna" not in _texts(rows)


async def test_an_erasure_names_its_ground_and_needs_a_key(desk: Desk) -> None:
    run: Json = await desk.bring(first_week())
    person = (await desk.people())["Bram"]["id"]
    wrong = await _erase(desk, person, ground="Bram wil weg")
    problem = assert_refused(wrong, ErrorCode.INVALID_REQUEST)
    assert [found["field"] for found in problem["errors"]] == ["ground"]
    path = f"/v1/people/{person}/erase"
    keyless = await desk.client.post(path, json={"ground": "request"})
    assert_refused(keyless, ErrorCode.INVALID_REQUEST)
    assert run["state"] == "applied"
    assert "Bram" in await desk.people()


async def test_who_is_erased_while_a_plan_is_made_is_not_named_in_it(
    desk: Desk, owner: Database
) -> None:
    await desk.bring(first_week())
    chris = (await desk.people())["Chris"]["id"]
    desk.says(second_week())
    async with holding(owner, desk.school_id, "roster_version") as roster:
        run_id = await desk.begin()
        await held_up(roster)
        # Next in line after the worker that reads the roster to compare.
        erasing = asyncio.create_task(_erase(desk, chris, "meanwhile"))

        async def waits() -> bool:
            return bool((await roster.execute(_NEXT_WAITS)).scalar())

        await settle(waits)
    erased = await erasing
    assert erased.status_code == 200, erased.text
    run = await desk.rested(run_id)
    rows = await desk.changes(run_id)
    named = [one for one in rows if "Chris" in one["label"] or chris in str(one)]
    found = [(one["action"], one["reason"]) for one in named]
    # A worker that was quicker than who erases has its plan cancelled.
    asked = [("conflict", "erased_before")] if run["state"] == "planned" else []
    assert (run["state"] in {"planned", "cancelled"}, found) == (True, asked)
