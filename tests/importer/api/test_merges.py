"""An administrator says that two people are one: previewed, done once, and known ever after."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.rosters import ANNA, BRAM, EEFJE, H3A, H3B, RosterRecord, member, pupil

FEN = pupil("1005", "Fen", "Vries", email="fen@school.example")
FENNA = pupil("1006", "Fenna", "de Vries", username="fenna", leerjaar="3")
SAID = [ANNA, BRAM, FEN, FENNA, EEFJE, H3A, H3B, member(FEN, H3A), member(FENNA, H3B)]
_EVENTS = text("""
    SELECT service, facts FROM outbox WHERE topic = 'roster.person_merged' AND subject_id = :gone
""")


def path_of(gone: Json, stays: Json) -> str:
    return f"/v1/people/{gone['id']}/merge-into/{stays['id']}"


async def preview(desk: Desk, gone: Json, stays: Json, **query: Any) -> httpx.Response:
    return await desk.client.get(path_of(gone, stays), params=query)


async def merge(
    desk: Desk, gone: Json, stays: Json, seen: str, key: str | None = None, **body: Any
) -> httpx.Response:
    headers = {"If-Match": seen, "Idempotency-Key": key or str(new_id())}
    return await desk.client.post(path_of(gone, stays), json=body, headers=headers)


@pytest.fixture
async def two(desk: Desk) -> tuple[Desk, Json, Json]:
    """A school where Fen is there twice."""
    await desk.bring(SAID)
    people = await desk.people()
    return desk, people["Fenna"], people["Fen"]


async def test_two_become_one_once_and_stay_so_in_every_next_import(
    two: tuple[Desk, Json, Json], owner: Database
) -> None:
    desk, gone, stays = two
    version = (await desk.client.get("/v1/people")).json()["roster_version"]
    seen = await preview(desk, gone, stays, take="given_name")
    assert seen.status_code == 200, seen.text
    fields = {one["field"]: one for one in seen.json()["fields"]}
    assert fields["given_name"]["becomes"] == "Fenna", "taken"
    assert fields["family_name"]["becomes"] == "Vries", "kept"
    assert fields["username"] == {
        "field": "username",
        "goes": "fenna",
        "stays": None,
        "becomes": "fenna",
    }
    assert [one["group_name"] for one in seen.json()["joins"]] == ["h3b"]
    assert seen.json()["objections"] == ["both_in_source"]
    etag = seen.headers["ETag"]
    told = assert_refused(await merge(desk, gone, stays, etag), ErrorCode.MERGE_NEEDS_GROUND)
    assert told["objections"] == ["both_in_source"]
    body = {"take": ["given_name"], "ground": "double_in_source"}
    once, again = str(new_id()), str(new_id())
    done = await merge(desk, gone, stays, etag, once, **body)
    assert done.json() == {"person_id": gone["id"], "merged_into": stays["id"]}, done.text
    for key in (once, again):
        assert (await merge(desk, gone, stays, etag, key, **body)).json() == done.json()
    await _is_one_in_the_feed(desk, gone, stays, version)
    async with owner.transaction() as connection:
        rows = (await connection.execute(_EVENTS, {"gone": gone["id"]})).all()
    facts = {"school_id": str(desk.school_id), "into_person_id": stays["id"]}
    assert [tuple(row) for row in rows] == [("licensing", facts)], "told exactly once"
    rows_of = await desk.changes((await desk.plan(SAID))["id"])
    assert {one["subject_id"] for one in rows_of} == {stays["id"]}
    assert {field["kept"] for one in rows_of for field in one["fields"]} == {True}
    other_key = await desk.plan(
        [one for one in SAID if one is not FEN and one.kind != "membership"]
    )
    (change,) = await desk.changes(other_key["id"], kind="person")
    assert (change["action"], change["subject_id"]) == ("update", stays["id"])


async def _is_one_in_the_feed(desk: Desk, gone: Json, stays: Json, version: int) -> None:
    feed = {"changed_since": version}
    told = (await desk.client.get("/v1/people", params=feed)).json()["items"]
    shown = {one["id"]: (one["state"], one["merged_into"], one["given_name"]) for one in told}
    assert shown == {
        gone["id"]: ("archived", stays["id"], "Fenna"),
        stays["id"]: ("active", None, "Fenna"),
    }
    memberships = (await desk.client.get("/v1/memberships", params=feed)).json()["items"]
    assert {(one["person_id"], one["state"]) for one in memberships} == {
        (gone["id"], "ended"),
        (stays["id"], "active"),
    }


async def test_what_was_seen_must_still_be_so(two: tuple[Desk, Json, Json]) -> None:
    desk, gone, stays = two
    seen = (await preview(desk, gone, stays)).headers["ETag"]
    changed = await desk.client.patch(f"/v1/people/{gone['id']}", json={"prefix": "van"})
    assert changed.is_success
    stale = await merge(desk, gone, stays, seen, ground="asked_the_school")
    assert_refused(stale, ErrorCode.PERSON_CHANGED)
    unseen = await desk.client.post(
        path_of(gone, stays), json={}, headers={"Idempotency-Key": str(new_id())}
    )
    assert_refused(unseen, ErrorCode.IF_MATCH_REQUIRED)


async def test_who_cannot_become_one_is_told_why(
    two: tuple[Desk, Json, Json],
    importer: Served,
    desk_at: Callable[[Served], Awaitable[Desk]],
) -> None:
    desk, gone, stays = two
    theirs = await desk_at(importer)
    assert_refused(await preview(theirs, gone, stays), ErrorCode.NOT_FOUND)
    assert_refused(await merge(theirs, gone, stays, "*"), ErrorCode.NOT_FOUND)
    eefje = (await desk.people())["Eefje"]
    nobody = {"id": str(new_id())}
    for one, other, why in [(gone, gone, "same_person"), (eefje, stays, "roles_differ")]:
        told = assert_refused(await preview(desk, one, other), ErrorCode.MERGE_NOT_POSSIBLE)
        assert told["why_not"] == why
        refused = await merge(desk, one, other, "*")
        assert_refused(refused, ErrorCode.MERGE_NOT_POSSIBLE)
    assert_refused(await preview(desk, gone, nobody), ErrorCode.NOT_FOUND)
    assert_refused(await merge(desk, nobody, stays, "*"), ErrorCode.NOT_FOUND)


async def test_a_merged_person_is_explained_and_erased_as_one(
    two: tuple[Desk, Json, Json],
) -> None:
    desk, gone, stays = two
    body = {"ground": "double_in_source"}
    assert (await merge(desk, gone, stays, "*", **body)).status_code == 200
    seen: list[Json] = []
    for one in (gone, stays):
        timeline = (await desk.client.get(f"/v1/people/{one['id']}/timeline")).json()["entries"]
        events = [entry["event"] for entry in timeline]
        assert (events.count("merged"), events.count("added")) == (1, 2)
        merged = timeline[events.index("merged")]
        assert (merged["person_id"], merged["merged_into"]) == (gone["id"], stays["id"])
        assert merged["reason"] == "double_in_source"
        looks = (await desk.client.get(f"/v1/people/{one['id']}/audit")).json()["items"]
        assert [look["what"] for look in looks].count("timeline") == len(seen) + 1
        seen.append(one)
    held = (await desk.client.get(f"/v1/people/{stays['id']}/export")).json()
    assert [one["pupil_number"] for one in held["merged"]] == ["1006"]
    assert sorted(one["fields"]["pupil_number"] for one in held["said"]) == ["1005", "1006"]
    assert [look["what"] for look in held["audit"]].count("timeline") == 2
    erased = await desk.client.post(
        f"/v1/people/{gone['id']}/erase",
        json={"ground": "request"},
        headers={"Idempotency-Key": str(new_id())},
    )
    assert erased.status_code == 200, erased.text
    held = (await desk.client.get(f"/v1/people/{stays['id']}/export")).json()
    assert {one["state"] for one in [held["person"], *held["merged"]]} == {"erased"}
    assert "vries" not in str({**held, "audit": None}).lower()


async def test_one_person_of_a_list_and_of_somtoday_stays_one_whichever_comes_next(
    desk: Desk,
) -> None:
    """Two numbers for one pupil: the list's, and the one that Somtoday gave."""
    listed = ["rol;leerlingnummer;voornaam;achternaam;klas", "leerling;77;Fenna;Vries;h3b"]
    await desk.apply(await desk.plan_list(listed))
    gone = (await desk.people())["Fenna"]
    await desk.apply(await desk.plan([ANNA, FEN, H3A, member(FEN, H3A)]))
    stays = (await desk.people())["Fen"]
    assert (await merge(desk, gone, stays, "*", ground="asked_the_school")).status_code == 200
    fetched: list[RosterRecord] = [ANNA, FEN, H3A, member(FEN, H3A)]
    for plan in [partial(desk.plan_list, listed), partial(desk.plan, fetched)] * 2:
        made = await plan()
        counts = made["summary"]["people"]
        assert [counts[name] for name in ("add", "reactivate", "conflict")] == [0, 0, 0]
        assert {one["subject_id"] for one in await _updates(desk, made)} == {stays["id"]}
        await desk.apply(made)
        active = {one["id"] for one in (await desk.people(state="active")).values()}
        assert (stays["id"] in active, gone["id"] in active) == (True, False)
        again = await plan()
        assert await _updates(desk, again) == [], "the same source has nothing more to say"
        assert again["summary"]["memberships"] == dict.fromkeys(counts, 0)


async def _updates(desk: Desk, run: Json) -> list[Json]:
    return await desk.changes(run["id"], kind="person", action="update")
