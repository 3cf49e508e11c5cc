"""Steps 3 to 6: fetch, diff, controlescherm, VERDER."""

from shared.roster.document import MemberRole
from tests.importer.desk import Desk, Json
from tests.importer.rosters import (
    ANNA,
    BRAM,
    CHRIS,
    DAAN,
    EEFJE,
    H3A,
    RosterRecord,
    first_week,
    member,
    second_week,
)
from tests.importer.running import KEY


def _named(changes: list[Json]) -> set[tuple[str, str, str]]:
    return {(found["kind"], found["action"], found["label"]) for found in changes}


async def test_a_first_import_adds_everything_and_a_second_finds_nothing(desk: Desk) -> None:
    planned = await desk.plan(first_week())
    assert planned["summary"]["pupils"] == {**_none(), "add": 3}
    assert planned["summary"]["memberships"] == {**_none(), "add": 5}
    assert await desk.people() == {}, "nothing changes before VERDER"

    applied = await desk.apply(planned)
    assert applied["state"] == "applied"
    assert applied["applied_at"] is not None
    assert set(await desk.people(state="active")) == {"Anna", "Bram", "Chris", "Eefje"}

    again = await desk.plan(first_week())
    assert {tuple(counts.values()) for counts in again["summary"].values()} == {(0, 0, 0, 0, 0, 0)}
    assert await desk.changes(again["id"]) == []
    assert (await desk.apply(again))["state"] == "applied"


async def test_the_second_week_shows_each_change_and_applies_it(desk: Desk) -> None:
    await desk.bring(first_week())
    planned = await desk.plan(second_week())
    changes = await desk.changes(planned["id"])
    assert _named(changes) == {
        ("person", "add", "Daan Dijk (1004)"),
        ("person", "update", "Chris Cornelisse-Kok (1003)"),
        ("person", "archive", "Bram Bos (1002)"),
        ("membership", "add", "Daan Dijk (1004) → h3b"),
        ("membership", "add", "Chris Cornelisse-Kok (1003) → h3a"),
        ("membership", "archive", "Chris Cornelisse-Kok (1003) → h3b"),
    }
    renamed = next(found for found in changes if found["action"] == "update")
    assert renamed["fields"] == [
        {
            "field": "family_name",
            "before": "Cornelisse",
            "after": "Cornelisse-Kok",
            "held": False,
            "undone": False,
            "kept": False,
            "shape": None,
            "taken_from": None,
        }
    ]
    left = next(found for found in changes if found["label"].startswith("Bram"))
    assert left["chosen"] is False, "archiving is offered, never assumed"

    await desk.apply(planned, archive=True)
    assert {found["outcome"] for found in await desk.changes(planned["id"])} == {"applied"}
    people = await desk.people()
    assert people["Bram"]["state"] == "archived"
    assert people["Chris"]["family_name"] == "Cornelisse-Kok"
    assert (await desk.plan(second_week()))["summary"]["people"] == _none()


async def test_who_comes_back_is_the_same_person_again(desk: Desk) -> None:
    await desk.bring(first_week())
    before = (await desk.people())["Bram"]["id"]
    await desk.bring(second_week())
    planned = await desk.plan(first_week())
    back = await desk.changes(planned["id"], kind="person", action="reactivate")
    assert [found["subject_id"] for found in back] == [before]
    await desk.apply(planned, archive=True)
    bram = (await desk.people())["Bram"]
    assert (bram["id"], bram["state"]) == (before, "active")
    assert (await desk.plan(first_week()))["summary"]["memberships"] == _none()


async def test_a_field_that_the_source_may_not_say_is_never_emptied(desk: Desk) -> None:
    await desk.bring(first_week())
    silent = ANNA.model_copy(
        update={"fields": {n: v for n, v in ANNA.fields.items() if n != "email"}}
    )
    records: list[RosterRecord] = [silent if found == ANNA else found for found in first_week()]
    withdrawn = await desk.plan(records)
    assert withdrawn["summary"]["people"] == {**_none(), "clear": 1}
    (row,) = await desk.changes(withdrawn["id"])
    assert (row["action"], row["reason"], row["chosen"]) == (
        *("clear", "dataveld_withdrawn", False),
    )
    assert row["reason_detail"] == "de school deelt dit dataveld niet meer"
    await desk.apply(withdrawn)
    assert (await desk.people())["Anna"]["email"] == ANNA.fields["email"]

    empty = ANNA.model_copy(update={"fields": {**ANNA.fields, "email": None}})
    emptied = await desk.bring([empty if found == ANNA else found for found in first_week()])
    assert emptied["summary"]["pupils"] == {**_none(), "update": 1}
    assert (await desk.people())["Anna"]["email"] is None


async def test_what_a_school_withdrew_is_cleared_when_that_is_chosen(desk: Desk) -> None:
    await desk.bring(first_week())
    silent = ANNA.model_copy(
        update={"fields": {n: v for n, v in ANNA.fields.items() if n != "email"}}
    )
    records: list[RosterRecord] = [silent if found == ANNA else found for found in first_week()]
    applied = await desk.apply(await desk.plan(records), clear=True)
    assert applied["choice"]["clear"] is True
    assert (await desk.people())["Anna"]["email"] is None
    assert (await desk.plan(records))["summary"]["people"] == _none()


async def test_progress_counts_what_was_fetched(desk: Desk) -> None:
    answer = desk.says(first_week())
    answer.stalls_after = 9
    run_id = await desk.begin()
    while not (seen := await desk.look(run_id))["progress"]["done"]:
        assert seen["state"] in {"requested", "fetching"}
    assert seen["state"] == "fetching"
    assert seen["progress"]["phase"] == "fetch"
    assert seen["progress"]["done"] == 8
    answer.goes_on.set()
    assert (await desk.rested(run_id))["state"] == "planned"


async def test_the_source_is_asked_with_the_key_and_the_request_id(desk: Desk) -> None:
    desk.says(first_week())
    answer = await desk.start(**{"X-Request-ID": "from-the-browser-1"})
    await desk.rested(answer.json()["id"])
    assert desk.source.seen[-1] == (str(desk.school_id), f"Bearer {KEY}", "from-the-browser-1")


async def test_people_and_groups_are_listed_by_page_and_state(desk: Desk) -> None:
    await desk.bring(first_week())
    await desk.bring([H3A, ANNA, BRAM, CHRIS, DAAN, EEFJE, member(EEFJE, H3A, MemberRole.MENTOR)])
    first = (await desk.client.get("/v1/people", params={"limit": 3})).json()
    rest = (await desk.client.get("/v1/people", params={"cursor": first["next"]})).json()
    names = [found["given_name"] for found in first["items"] + rest["items"]]
    assert sorted(names) == ["Anna", "Bram", "Chris", "Daan", "Eefje"]
    assert rest["next"] is None
    assert set(await desk.people(role="employee")) == {"Eefje"}
    gone = (await desk.client.get("/v1/groups", params={"state": "archived"})).json()
    assert sorted(found["name"] for found in gone["items"]) == ["h3b", "h3wi1"]
    classes = (await desk.client.get("/v1/groups", params={"kind": "stamgroep", "limit": 1})).json()
    assert len(classes["items"]) == 1
    assert classes["next"] is not None


def _none() -> dict[str, int]:
    return dict.fromkeys(("add", "update", "archive", "reactivate", "conflict", "clear"), 0)
