"""The controlescherm: only what was chosen is applied."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.rosters import ANNA, BRAM, RosterRecord, first_week, pupil, second_week

_OUTCOMES = text("""
    SELECT outcome, outcome_reason, count(*) FROM import_change
    WHERE run_id = :run_id GROUP BY 1, 2
""")


async def _outcomes(owner: Database, desk: Desk, run: Json) -> dict[tuple[str, str | None], int]:
    async with owner.transaction(desk.school_id) as connection:
        rows = await connection.execute(_OUTCOMES, {"run_id": UUID(run["id"])})
        return {(row[0], row[1]): row[2] for row in rows}


async def test_what_is_not_chosen_is_not_applied(desk: Desk, owner: Database) -> None:
    await desk.bring(first_week())
    before = await desk.people()
    planned = await desk.plan(second_week())
    applied = await desk.apply(planned, add=False, update=False, archive=False)
    assert applied["state"] == "applied"
    assert await desk.people() == before
    assert await _outcomes(owner, desk, planned) == {("not_chosen", None): 6}


async def test_only_archiving_archives_and_ends_memberships(desk: Desk, owner: Database) -> None:
    await desk.bring(first_week())
    planned = await desk.plan(second_week())
    await desk.apply(planned, add=False, update=False, archive=True)
    people = await desk.people()
    assert "Daan" not in people
    assert people["Chris"]["family_name"] == "Cornelisse"
    assert people["Bram"]["state"] == "archived"
    active = text("SELECT count(*) FROM membership WHERE person_id = :id AND state = 'active'")
    async with owner.transaction(desk.school_id) as connection:
        assert (await connection.execute(active, {"id": UUID(people["Bram"]["id"])})).scalar() == 0
    assert await _outcomes(owner, desk, planned) == {("applied", None): 1, ("not_chosen", None): 5}


async def test_a_single_row_can_be_chosen_and_left_out(desk: Desk) -> None:
    planned = await desk.plan([pupil("1", "Een", "Boer"), pupil("2", "Twee", "Boer")])
    one, two = await desk.changes(planned["id"], kind="person")
    nothing = await desk.choose(planned["id"], add=False, rows={one["id"]: True})
    assert nothing.json()["chosen"]["pupils"]["add"] == 1
    assert nothing.json()["choice"] == {
        "add": False,
        "update": True,
        "archive": False,
        "clear": False,
    }
    await desk.choose(planned["id"], rows={one["id"]: False, two["id"]: True})
    await desk.apply(planned)
    assert set(await desk.people()) == {two["label"].split()[0]}


async def test_a_later_choice_wins_over_an_earlier_one(desk: Desk) -> None:
    planned = await desk.plan([pupil("1", "Een", "Boer"), pupil("2", "Twee", "Boer")])
    one, _ = await desk.changes(planned["id"], kind="person")
    await desk.choose(planned["id"], rows={one["id"]: False})
    whole = await desk.choose(planned["id"], add=True)
    assert whole.json()["chosen"]["pupils"]["add"] == 2
    both = await desk.choose(planned["id"], add=False, rows={one["id"]: True})
    assert both.json()["chosen"]["pupils"]["add"] == 1, "rows come after the whole"


async def test_members_of_what_was_not_chosen_are_skipped(desk: Desk, owner: Database) -> None:
    planned = await desk.plan(first_week())
    changes = await desk.changes(planned["id"])
    left_out = {
        found["id"]: False for found in changes if found["label"] in {"Anna Aalbers (1001)", "h3b"}
    }
    await desk.apply(planned, rows=left_out)
    assert set(await desk.people()) == {"Bram", "Chris", "Eefje"}
    assert await _outcomes(owner, desk, planned) == {
        ("applied", None): 7,
        ("not_chosen", None): 2,
        ("skipped", "person_not_there"): 2,
        ("skipped", "group_not_there"): 1,
    }


async def test_a_number_that_stays_taken_is_not_given_away(desk: Desk, owner: Database) -> None:
    await desk.bring([ANNA])
    heir = pupil("1001", "Zoë", "Zee", email=None).model_copy(
        update={"key": "l-heir", "ref": "l-heir"}
    )
    gone = heir.model_copy(update={"fields": {**heir.fields, "eck_id": "eck-zoë"}})
    anna = ANNA.model_copy(update={"fields": {**ANNA.fields, "eck_id": "eck-anna"}})
    await desk.bring([anna])
    planned = await desk.plan([gone])
    await desk.apply(planned, add=True, archive=False)
    assert set(await desk.people(state="active")) == {"Anna"}
    assert await _outcomes(owner, desk, planned) == {
        ("not_chosen", None): 1,
        ("skipped", "pupil_number_taken"): 1,
    }
    await desk.apply(await desk.plan([gone]), add=True, archive=True)
    assert set(await desk.people(state="active")) == {"Zoë"}


async def test_two_who_would_get_one_number_are_a_conflict(desk: Desk, owner: Database) -> None:
    await desk.bring([ANNA])
    await desk.bring([BRAM])
    silent = {name: value for name, value in ANNA.fields.items() if name != "pupil_number"}
    back = ANNA.model_copy(update={"fields": silent})
    heir = pupil("1001", "Zoë", "Zee").model_copy(update={"key": "l-heir", "ref": "l-heir"})
    planned = await desk.plan([BRAM, back, heir])
    assert (await desk.apply(planned))["state"] == "applied"
    assert set(await desk.people(state="active")) == {"Bram"}
    assert await _outcomes(owner, desk, planned) == {("not_chosen", None): 2}


async def test_a_conflict_changes_nothing_and_cannot_be_chosen(desk: Desk) -> None:
    await desk.bring([ANNA])
    other = pupil("1001", "Anne", "Anders").model_copy(update={"key": "l-x", "ref": "l-x"})
    records: list[RosterRecord] = [ANNA, other]
    planned = await desk.plan(records)
    conflicts = await desk.changes(planned["id"], action="conflict")
    assert {found["reason"] for found in conflicts} == {"twice_in_source"}
    refused = await desk.choose(planned["id"], add=False, rows={conflicts[0]["id"]: True})
    problem = assert_refused(refused, ErrorCode.INVALID_REQUEST)
    assert [found["field"] for found in problem["errors"]] == [f"rows.{conflicts[0]['id']}"]
    assert (await desk.look(planned["id"]))["choice"]["add"] is True, "refused as a whole"
    await desk.apply(planned, add=True, update=True, archive=True)
    people = await desk.people()
    assert {name: found["state"] for name, found in people.items()} == {"Anna": "active"}


async def test_a_row_of_nowhere_is_refused(desk: Desk) -> None:
    planned = await desk.plan([ANNA])
    refused = await desk.choose(planned["id"], rows={str(new_id()): True})
    assert_refused(refused, ErrorCode.INVALID_REQUEST)


async def test_two_people_cannot_overwrite_each_others_choice(desk: Desk) -> None:
    planned = await desk.plan(first_week())
    seen = (await desk.client.get(f"/v1/imports/{planned['id']}")).headers["ETag"]
    first = await desk.choose(planned["id"], if_match=seen, archive=True)
    assert first.status_code == 200
    assert first.headers["ETag"] != seen
    second = await desk.choose(planned["id"], if_match=seen, add=False)
    assert_refused(second, ErrorCode.CHOICE_CHANGED)
    assert (await desk.look(planned["id"]))["choice"] == {
        "add": True,
        "update": True,
        "archive": True,
        "clear": False,
    }
    assert_refused(await desk.verder(planned, **{"If-Match": seen}), ErrorCode.CHOICE_CHANGED)
    path, body = f"/v1/imports/{planned['id']}/apply", {"digest": planned["digest"]}
    unseen = await desk.client.post(path, json=body)
    assert_refused(unseen, ErrorCode.IF_MATCH_REQUIRED)
    now = await desk.verder(planned, **{"If-Match": first.headers["ETag"]})
    assert now.status_code == 202


async def test_an_etag_that_is_none_of_ours_never_matches(desk: Desk) -> None:
    planned = await desk.plan([ANNA])
    for etag in ("nonsense", '"-1"', '"' + "9" * 500 + '"'):
        refused = await desk.choose(planned["id"], if_match=etag, add=False)
        assert_refused(refused, ErrorCode.CHOICE_CHANGED)
    anything = await desk.choose(planned["id"], if_match="*", add=False)
    assert anything.status_code == 200


async def test_changes_come_by_page_and_by_filter_in_a_fixed_order(desk: Desk) -> None:
    planned = await desk.plan(first_week())
    whole = await desk.changes(planned["id"])
    assert [found["id"] for found in await desk.changes(planned["id"], limit="2")] == [
        found["id"] for found in whole
    ]
    assert [found["kind"] for found in whole] == ["person"] * 4 + ["group"] * 3 + ["membership"] * 5
    wanted: dict[str, dict[str, Any]] = {
        "pupils": {"kind": "person", "role": "pupil"},
        "teaching": {"role": "teacher"},
        "classes": {"role": "stamgroep", "action": "add"},
        "none": {"action": "archive"},
    }
    sizes = {name: len(await desk.changes(planned["id"], **by)) for name, by in wanted.items()}
    assert sizes == {"pupils": 3, "teaching": 1, "classes": 2, "none": 0}
    answer = await desk.client.get(f"/v1/imports/{planned['id']}/changes?cursor=WyJhIl0")
    assert_refused(answer, ErrorCode.INVALID_REQUEST)


async def test_changes_are_found_and_chosen_by_what_they_are_about(desk: Desk) -> None:
    zoe = pupil("1009", "Zoë", "Müller", vestiging_code="99ZY01")
    planned = await desk.plan([*first_week(), zoe])
    wanted: dict[str, tuple[dict[str, Any], set[str]]] = {
        "by name without accents": ({"search": "MULLER"}, {"Zoë Müller (1009)"}),
        "by number": ({"search": "1009"}, {"Zoë Müller (1009)"}),
        "no wildcard": ({"search": "%"}, set()),
        "no accent alone": ({"search": "\u00b4"}, set()),
        "by vestiging": ({"vestiging": "99ZY01"}, {"Zoë Müller (1009)"}),
        "by klas": ({"klas": "h3b", "kind": "person"}, {"Chris Cornelisse (1003)"}),
        "by field": ({"field": "email"}, {"Anna Aalbers (1001)"}),
        "by reason": ({"reason": "not_in_source"}, set()),
    }
    for name, (query, labels) in wanted.items():
        found = await desk.changes(planned["id"], **query)
        assert {one["label"] for one in found} == labels, name
    chosen = await desk.choose(
        planned["id"],
        add=False,
        filters=[
            {"where": {"klas": "h3a"}, "chosen": True},
            {"where": {"search": "bram"}, "chosen": False},
        ],
    )
    assert {name: one["add"] for name, one in chosen.json()["chosen"].items()} == {
        "people": 1,
        "pupils": 1,
        "employees": 0,
        "groups": 1,
        "memberships": 2,
    }
    places = (await desk.client.get(f"/v1/imports/{planned['id']}/summary")).json()
    rows = [tuple(one[n] for n in ("place", "kind", "number", "chosen")) for one in places["klas"]]
    assert rows == [
        *(("h3a", "group", 1, 1), ("h3a", "membership", 3, 2), ("h3a", "person", 2, 1)),
        *(("h3b", "group", 1, 0), ("h3b", "membership", 1, 0), ("h3b", "person", 1, 0)),
    ]
    assert [(one["place"], one["number"]) for one in places["vestiging"]] == [("99ZY01", 1)]


async def test_a_filter_by_a_brake_that_the_plan_has_not_is_refused(desk: Desk) -> None:
    planned = await desk.plan([ANNA])
    wrong = await desk.client.get(f"/v1/imports/{planned['id']}/changes?brake=many_archived:school")
    assert_refused(wrong, ErrorCode.INVALID_REQUEST)


async def test_the_eck_id_is_never_shown(desk: Desk) -> None:
    secret = "https://ketenid.nl/201703/abcdef"
    planned = await desk.plan([pupil("7", "Zeven", "Boer", eck_id=secret)])
    answer = await desk.client.get(f"/v1/imports/{planned['id']}/changes")
    assert "eck_id" in answer.text
    assert secret not in answer.text
    await desk.apply(planned)
    assert secret not in (await desk.client.get("/v1/people")).text
