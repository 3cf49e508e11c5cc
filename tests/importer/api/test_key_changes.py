"""Keys that change hands are shown as a mapping, with who would be skipped as it is chosen."""

from typing import Any

from sqlalchemy import text

from shared.database import Database
from tests.importer.desk import Desk, Json
from tests.importer.rosters import ANNA, BRAM, CHRIS, RosterRecord, pupil


def numbered(one: Any, number: str) -> Any:
    return one.model_copy(update={"fields": {**one.fields, "pupil_number": number}})


async def mapping(desk: Desk, run: Json, **query: Any) -> tuple[dict[str, Json], int]:
    path = f"/v1/imports/{run['id']}/key-changes"
    answer = await desk.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    while found["next"]:
        more = await desk.client.get(path, params={**query, "cursor": found["next"]})
        found = {**more.json(), "items": [*found["items"], *more.json()["items"]]}
    return {one["label"].split()[0]: one for one in found["items"]}, found["skipped"]


async def test_two_who_exchange_number_and_address_stay_who_they_are(desk: Desk) -> None:
    def said(*numbers: str) -> list[RosterRecord]:
        named = [{"pupil_number": it, "email": f"{it}@x.nl"} for it in numbers]
        return [
            one.model_copy(update={"fields": {**one.fields, **keys}})
            for one, keys in zip((BRAM, CHRIS), named, strict=True)
        ]

    await desk.bring(said("1002", "1003"))
    before = await desk.people()
    run = await desk.plan(said("1003", "1002"))
    assert {action: number for action, number in run["summary"]["people"].items() if number} == {
        "update": 2
    }
    found, _ = await mapping(desk, run)
    moves = {one["field"]: one["shape"] for row in found.values() for one in row["moves"]}
    assert moves == {"pupil_number": "swap", "email": "swap"}
    assert (await desk.apply(run))["state"] == "applied"
    after = await desk.people()
    for name, other in (("Bram", "Chris"), ("Chris", "Bram")):
        assert after[name]["id"] == before[name]["id"]
        assert [after[name][key] for key in ("state", "pupil_number", "email")] == [
            before[other][key] for key in ("state", "pupil_number", "email")
        ]


async def test_a_swap_and_a_chain_are_shown_and_half_a_swap_says_who_is_skipped(
    desk: Desk,
) -> None:
    daan = pupil("1004", "Daan", "Dijk", eck_id="eck-daan")
    await desk.bring([ANNA, BRAM, CHRIS, daan])
    people = {name: one["id"] for name, one in (await desk.people()).items()}
    said = [
        *(numbered(ANNA, "1002"), numbered(BRAM, "1001")),
        *(numbered(CHRIS, "1004"), numbered(daan, "1999")),
    ]
    said[3].fields["eck_id"] = "eck-other"
    run = await desk.plan(said)
    found, skipped = await mapping(desk, run, limit=3)
    moves = {name: {one["field"]: one for one in row["moves"]} for name, row in found.items()}
    shapes = {name: fields["pupil_number"]["shape"] for name, fields in moves.items()}
    assert shapes == {"Anna": "swap", "Bram": "swap", "Chris": "chain", "Daan": "plain"}
    assert moves["Anna"]["pupil_number"] == {
        "field": "pupil_number",
        "before": "1001",
        "after": "1002",
        "shape": "swap",
        "held_by": {
            "person_id": people["Bram"],
            "label": "Bram Bos (1002)",
            "gets": "1001",
            "action": "update",
            "chosen": True,
        },
    }
    assert moves["Chris"]["pupil_number"]["held_by"]["gets"] == "1999"
    assert "eck-" not in str(moves["Daan"]["eck_id"]), "an ECK iD may not be shown"
    assert skipped == 0
    (anna,) = await desk.changes(run["id"], search="anna", moves_key="true")
    (field,) = anna["fields"]
    assert (field["shape"], field["taken_from"]) == ("swap", people["Bram"])
    await _half_is_skipped_as_was_said(desk, run, found)


async def _half_is_skipped_as_was_said(
    desk: Desk, run: dict[str, Any], found: dict[str, Any]
) -> None:
    rows = {found[name]["change_id"]: False for name in ("Bram", "Daan")}
    assert (await desk.choose(run["id"], rows=rows)).status_code == 200
    found, skipped = await mapping(desk, run)
    expected = {name: one["skipped"] for name, one in found.items()}
    taken = "pupil_number_taken"
    assert expected == {"Anna": taken, "Bram": None, "Chris": taken, "Daan": None}
    assert skipped == 2
    await desk.confirm(run)
    assert (await desk.apply(run))["state"] == "applied"
    found, skipped = await mapping(desk, run)
    assert {name: one["skipped"] for name, one in found.items()} == expected, "as was said"
    assert skipped == 0


async def test_a_source_key_moves_with_who_gives_it_up_and_stays_where_they_do_not(
    desk: Desk, owner: Database
) -> None:
    """By a decision: Somtoday has Bram under the key that was Anna's, and Anna under a new one."""
    await desk.bring([ANNA])
    header = "leerlingnummer;roepnaam;achternaam"
    await desk.apply(await desk.plan_list([header, "1001;Anna;Aalbers", "1002;Bram;Bos"]))
    bram = (await desk.people())["Bram"]["id"]
    renewed = pupil("1002", "Bram", "Bos", leerjaar="4")
    new = pupil("1001", "Anna", "Aalbers", email=None).model_copy(
        update={"key": "l-new", "ref": "new"}
    )
    said: list[RosterRecord] = [renewed.model_copy(update={"key": ANNA.key}), new]
    planned = await desk.plan(said)
    asked = {one["label"].split()[0]: one for one in await desk.changes(planned["id"])}
    decision = {"change_id": asked["Bram"]["id"], "verdict": "same", "person_id": bram}
    path = f"/v1/imports/{planned['id']}/decisions"
    await desk.client.post(path, json={"decisions": [decision]})
    run = await desk.rested(planned["id"])
    found, _ = await mapping(desk, run)
    moves = {
        name: [one["shape"] for one in row["moves"] if one["field"] == "source_key"]
        for name, row in found.items()
    }
    assert moves == {"Anna": ["plain"], "Bram": ["chain"]}
    rows = {found["Anna"]["change_id"]: False}
    assert (await desk.choose(run["id"], rows=rows)).status_code == 200
    assert (await desk.apply(run))["state"] == "applied"
    assert await _keys(owner, desk) == {"Anna": ANNA.key, "Bram": None}
    assert (await desk.people())["Bram"]["leerjaar"] == "4", "the rest is done"
    await desk.apply(await desk.plan(said))
    assert await _keys(owner, desk) == {"Anna": "l-new", "Bram": ANNA.key}


async def _keys(owner: Database, desk: Desk) -> dict[str, str | None]:
    keys = text("SELECT given_name, source_key FROM person WHERE school_id = :school")
    async with owner.transaction() as connection:
        rows = await connection.execute(keys, {"school": desk.school_id})
        return {row[0]: row[1] for row in rows}
