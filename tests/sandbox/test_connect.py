import httpx
import pytest

from services.sandbox.generate.identity import derived_uuid
from tests.sandbox.connect_client import Connect

UNKNOWN = "00000000-0000-4000-8000-000000000000"
RESOURCES = ("leerling", "plaatsing", "medewerker", "vak", "opleiding", "lesgroep", "stamgroep")


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["99ZX", "99ZY", "99ZW"]),
        ({"brin": "99ZY"}, ["99ZY"]),
        ({"brin": "99zy01"}, ["99ZY"]),
        ({"naam": "kade"}, ["99ZX"]),
        ({"naam": "College Zuid"}, ["99ZY"]),
        ({"naam": "bestaat niet"}, []),
    ],
)
async def test_instelling_needs_no_token(
    client: httpx.AsyncClient, params: dict[str, str], found: list[str]
) -> None:
    answer = await client.get("/rest/v1/connect/instelling", params=params)
    assert [item["brins"][0] for item in answer.json()["instellingen"]] == found


@pytest.mark.parametrize("kind", RESOURCES)
async def test_both_forms_of_slash(connect: Connect, kind: str) -> None:
    (site,) = await connect.open()
    with_slash = await connect.get(site, f"{kind}/", amount=5)
    without = await connect.get(site, kind, amount=5)
    assert with_slash.status_code == without.status_code == 200
    assert with_slash.json() == without.json()


async def test_pages_cover_everything_once(connect: Connect) -> None:
    (site,) = await connect.open()
    seen = []
    for offset in range(0, 40, 7):
        page = (await connect.get(site, "leerling", amount=7, offset=offset)).json()["leerlingen"]
        seen += [row["uuid"] for row in page]
    assert len(seen) == len(set(seen)) == 30
    assert (await connect.get(site, "leerling", amount=7, offset=90)).json() == {"leerlingen": []}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"amount": 201},
        {"amount": 0},
        {"amount": "veel"},
        {"amount": 5, "offset": -1},
        {"amount": 5, "peilschooljaar": "huidig"},
        {"amount": 5, "veldpermissies": "ja"},
    ],
)
async def test_wrong_parameters_are_refused(connect: Connect, params: dict[str, str]) -> None:
    (site,) = await connect.open()
    answer = await connect.get(site, "leerling", **params)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["problem"]


async def test_uuid_can_be_repeated(connect: Connect) -> None:
    (site,) = await connect.open()
    rows = await connect.all(site, "leerling")
    wanted = [rows[3]["uuid"], rows[1]["uuid"]]
    answer = await connect.get(site, "leerling", amount=10, uuid=wanted)
    assert {row["uuid"] for row in answer.json()["leerlingen"]} == set(wanted)


async def test_one_by_uuid_comes_in_a_list(connect: Connect) -> None:
    (site,) = await connect.open()
    row = (await connect.all(site, "leerling"))[4]
    assert (await connect.get(site, f"leerling/{row['uuid']}")).json() == {"leerlingen": [row]}
    assert (await connect.get(site, f"leerling/{UNKNOWN}")).status_code == 404


async def test_subject_needs_no_amount(connect: Connect) -> None:
    (site,) = await connect.open()
    row = (await connect.all(site, "leerling"))[4]
    subject = f"{await connect.organisation()}/{derived_uuid(row['uuid'], 'account')}"
    answer = await connect.get(site, "leerling", subject=subject)
    assert answer.json() == {"leerlingen": [row]}


async def test_lesgroepen_with_and_without_stamgroep(connect: Connect) -> None:
    (site,) = await connect.open()
    linked = await connect.all(site, "lesgroep", stamgroep="true")
    loose = await connect.all(site, "lesgroep", stamgroep="false")
    every = await connect.all(site, "lesgroep")
    assert linked
    assert loose
    assert len(linked) + len(loose) == len(every)


async def test_no_token_wrong_token_other_vestiging(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    (site,) = await connect.open()
    assert (await connect.get(UNKNOWN, "leerling", amount=5)).status_code == 401
    client.headers["Authorization"] = "Bearer fout"
    answer = await connect.get(site, "leerling", amount=5)
    assert (answer.status_code, answer.content) == (401, b"")
    del client.headers["Authorization"]
    assert (await connect.get(site, "leerling", amount=5)).status_code == 401


async def test_special_data_is_forbidden(connect: Connect) -> None:
    (site,) = await connect.open()
    uuid = (await connect.all(site, "leerling"))[0]["uuid"]
    assert (await connect.get(site, f"leerling/{uuid}/pasfoto")).status_code == 403
    assert (await connect.get(site, f"leerling/{UNKNOWN}/pasfoto")).status_code == 404
    assert (await connect.get(site, "velden")).status_code == 403
    assert (await connect.get(site, "nietbestaand", amount=5)).status_code == 404


async def test_null_is_left_out_and_an_empty_list_is_not(connect: Connect) -> None:
    (site,) = await connect.open(product="alles")
    pupils = await connect.all(site, "leerling")
    assert all(value is not None for row in pupils for value in row.values())
    assert any("voorvoegsel" not in row for row in pupils)
    assert all(row["plaatsingen"][0]["opleidingskenmerken"] == [] for row in pupils)


async def test_references_hold(connect: Connect) -> None:
    for site in await connect.open("99ZY"):
        pupils = {row["uuid"]: row for row in await connect.all(site, "leerling")}
        staff = {row["uuid"]: row for row in await connect.all(site, "medewerker")}
        groups = {row["uuid"]: row for row in await connect.all(site, "lesgroep")}
        for group in groups.values():
            assert set(group["docenten"]) <= set(staff)
            assert group["docenten"]
            for ref in group["leerlingen"]:
                own = [own["uuid"] for own in pupils[ref["uuid"]]["lesgroepen"]]
                assert group["uuid"] in own
        assert all(ref["uuid"] in groups for row in staff.values() for ref in row["lesgroepen"])
        for stam in await connect.all(site, "stamgroep"):
            for ref in stam["leerlingen"]:
                place = pupils[ref["uuid"]]["plaatsingen"][0]
                assert place["stamgroep"]["uuid"] == stam["uuid"]
