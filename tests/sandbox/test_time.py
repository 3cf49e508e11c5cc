from typing import Any

import httpx
import pytest

from tests.sandbox.connect_client import Connect

Rows = dict[str, dict[str, Any]]


async def roster(connect: Connect, sites: list[str], **params: object) -> tuple[Rows, Rows, Rows]:
    pupils: Rows = {}
    staff: Rows = {}
    groups: Rows = {}
    for site in sites:
        pupils |= {row["uuid"]: row for row in await connect.all(site, "leerling", **params)}
        staff |= {row["uuid"]: row for row in await connect.all(site, "medewerker", **params)}
        groups |= {row["uuid"]: row for row in await connect.all(site, "lesgroep", **params)}
    return pupils, staff, groups


def klas(row: dict[str, Any]) -> str:
    (place,) = row["plaatsingen"]
    return place["stamgroep"]["naam"]


def uuids(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["uuid"] for entry in entries}


@pytest.mark.parametrize("brin", ["99ZX", "99ZY", "99ZW"])
async def test_a_week_changes_exactly_what_it_reports(
    client: httpx.AsyncClient, connect: Connect, brin: str
) -> None:
    sites = await connect.open(brin)
    for week in range(3):
        before, staff_before, groups_before = await roster(connect, sites)
        report = (await client.post(f"/sandbox/schools/{brin}/next-week")).json()
        after, staff_after, groups_after = await roster(connect, sites)
        gone, come = before.keys() - after.keys(), after.keys() - before.keys()
        assert gone == uuids(report["left"])
        assert come == uuids(report["joined"]) | uuids(report["returned"])
        assert len(report["returned"]) == (1 if week else 0)
        assert len(report["renamed"]) == 1
        both = before.keys() & after.keys()
        moved = {uuid for uuid in both if klas(before[uuid]) != klas(after[uuid])}
        wanted = {entry["uuid"] for entry in report["moved"] if entry["from"] != entry["to"]}
        assert moved == wanted
        for entry in report["moved"]:
            assert klas(before[entry["uuid"]]) == entry["from"]
            assert klas(after[entry["uuid"]]) == entry["to"]
            now = [ref["uuid"] for ref in after[entry["uuid"]]["lesgroepen"]]
            assert set(now) == set(entry["lesgroepen_after"])
        renamed = {u for u in both if before[u]["achternaam"] != after[u]["achternaam"]}
        assert renamed == uuids(report["renamed"])
        assert staff_after.keys() - staff_before.keys() == uuids(report["teachers_joined"])
        assert staff_before.keys() - staff_after.keys() == uuids(report["teachers_left"])
        assert groups_after.keys() - groups_before.keys() == uuids(report["lesgroepen_new"])
        changed = {
            uuid
            for uuid in groups_before.keys() & groups_after.keys()
            if groups_before[uuid]["docenten"] != groups_after[uuid]["docenten"]
        }
        assert changed == uuids(report["docenten_changed"])


async def test_everyone_not_reported_is_unchanged(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    sites = await connect.open("99ZY")
    before, _, _ = await roster(connect, sites)
    report = (await client.post("/sandbox/schools/99ZY/next-week")).json()
    after, _, _ = await roster(connect, sites)
    touched = {uuid for entries in report.values() for uuid in uuids(entries)}
    touched |= {uuid for group in report["lesgroepen_new"] for uuid in group["leerlingen"]}
    fields = ("achternaam", "roepnaam", "lesgroepen", "emailadres", "leerlingnummer")
    for uuid in before.keys() - touched:
        for field in fields:
            assert before[uuid].get(field) == after[uuid].get(field)
        assert klas(before[uuid]) == klas(after[uuid])


async def test_weeks_are_the_same_in_every_run(client: httpx.AsyncClient) -> None:
    first = (await client.post("/sandbox/schools/99ZX/next-week")).json()
    await client.post("/sandbox/reset")
    assert (await client.post("/sandbox/schools/99ZX/next-week")).json() == first


async def test_many_weeks_on_one_day_and_on_many_days(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    (site,) = await connect.open()
    for day in range(1, 12):
        await client.put("/sandbox/clock", json={"today": f"2027-01-{day // 3 + 1:02d}"})
        answer = await client.post("/sandbox/schools/99ZX/next-week")
        assert answer.status_code == 200
    for row in await connect.all(site, "leerling", peilschooljaar="HUIDIG"):
        for place in row["plaatsingen"]:
            assert place["startdatum"] <= place["einddatum"]


async def test_who_left_is_still_seen_this_year(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    (site,) = await connect.open()
    report = (await client.post("/sandbox/schools/99ZX/next-week")).json()
    gone = report["left"][0]["uuid"]
    assert (await connect.get(site, f"leerling/{gone}")).status_code == 404
    answer = await connect.get(site, f"leerling/{gone}", peilschooljaar="HUIDIG")
    (row,) = answer.json()["leerlingen"]
    assert row["isActief"] is False
    assert row["plaatsingen"][-1]["einddatum"] == "2026-11-23"
    moved = report["moved"][0]["uuid"]
    answer = await connect.get(site, f"leerling/{moved}", peilschooljaar="HUIDIG")
    assert len(answer.json()["leerlingen"][0]["plaatsingen"]) == 2


async def test_next_year_is_planned_then_real(client: httpx.AsyncClient, connect: Connect) -> None:
    sites = await connect.open("99ZY", einddatum="2028-07-31")
    before, _, _ = await roster(connect, sites)
    report = (await client.post("/sandbox/schools/99ZY/next-year")).json()
    assert report["schooljaar"] == "2027/2028"
    now, _, _ = await roster(connect, sites)
    assert now.keys() == before.keys()
    planned, _, groups = await roster(connect, sites, peilschooljaar="VOLGEND")
    assert planned.keys() - before.keys() == uuids(report["joined"])
    assert before.keys() - planned.keys() == uuids(report["left"]) | uuids(report["graduated"])
    assert {group["schooljaar"] for group in groups.values()} == {"2027/2028"}
    await client.put("/sandbox/clock", json={"today": "2027-09-01"})
    assert (await roster(connect, sites))[0].keys() == planned.keys()
    again = await client.post("/sandbox/schools/99ZY/next-year")
    assert again.json()["already_planned"] is False


async def test_planning_twice_changes_nothing(client: httpx.AsyncClient) -> None:
    await client.post("/sandbox/schools/99ZX/next-year")
    again = await client.post("/sandbox/schools/99ZX/next-year")
    assert again.json() == {"schooljaar": "2027/2028", "already_planned": True}


async def test_the_clock_can_run_again(client: httpx.AsyncClient) -> None:
    assert (await client.get("/sandbox/clock")).json() == {"today": "2026-11-24"}
    real = (await client.put("/sandbox/clock", json={"today": None})).json()["today"]
    assert real >= "2026-01-01"


async def test_edits_by_hand(client: httpx.AsyncClient, connect: Connect) -> None:
    (site,) = await connect.open()
    uuid = (await connect.all(site, "leerling"))[0]["uuid"]
    path = f"/sandbox/schools/99ZX/pupils/{uuid}"
    await client.post(path, json={"roepnaam": "Ángel", "emailadres": None})
    (row,) = (await connect.get(site, f"leerling/{uuid}")).json()["leerlingen"]
    assert row["roepnaam"] == "Ángel"
    assert "emailadres" not in row
    assert (await client.post(path, json={"uuid": "x"})).status_code == 422


async def test_many_leave_at_once(client: httpx.AsyncClient, connect: Connect) -> None:
    (site,) = await connect.open()
    report = (await client.post("/sandbox/schools/99ZX/leave", json={"share": 0.6})).json()
    assert len(report["left"]) == 18
    assert len(await connect.all(site, "leerling")) == 12
