import httpx
import pytest

from services.sandbox.datavelden import OPTIONAL, REQUIRED_LEERLING, REQUIRED_MEDEWERKER
from tests.sandbox.connect_client import Connect


async def test_only_permitted_fields_are_delivered(connect: Connect) -> None:
    (site,) = await connect.open(optionele_datavelden=["emailadres"])
    for row in await connect.all(site, "leerling"):
        assert set(row) <= {*REQUIRED_LEERLING, "emailadres"}
    for row in await connect.all(site, "medewerker"):
        assert set(row) <= {*REQUIRED_MEDEWERKER, "emailadres"}
    for row in await connect.all(site, "lesgroep"):
        assert "vakkeuzes" not in row


async def test_all_optional_fields_by_default_and_never_a_bsn(connect: Connect) -> None:
    (site,) = await connect.open()
    rows = await connect.all(site, "leerling")
    assert set().union(*rows) == {*REQUIRED_LEERLING, *OPTIONAL}
    (site,) = await connect.open(product="alles")
    assert {"BSN", "adres", "verzorgers"} <= set().union(*await connect.all(site, "leerling"))


async def test_veldpermissies_tell_what_is_permitted(connect: Connect) -> None:
    (site,) = await connect.open(optionele_datavelden=["eckid"])
    answer = await connect.get(site, "leerling", amount=1, veldpermissies="true")
    permissions = answer.json()["veldpermissies"]
    assert permissions["eckid"] is True
    assert permissions["emailadres"] is permissions["BSN"] is permissions["bankgegevens"] is False
    assert permissions["plaatsingVeldpermissies"]["eerste_mentor_stamgroep"] is True
    answer = await connect.get(site, "medewerker", amount=1, veldpermissies="true")
    assert answer.json()["veldpermissies"]["datumInDienst"] is False


async def test_one_vestiging_of_two(client: httpx.AsyncClient, connect: Connect) -> None:
    school = (await client.get("/sandbox/schools/99ZY")).json()
    north, south = school["vestigingen"]
    assert await connect.open("99ZY", vestigingen=[south["brin6"]]) == [south["uuid"]]
    assert (await connect.get(north["uuid"], "leerling", amount=5)).status_code == 401


async def test_doelgroep_by_onderwijssoort_and_leerjaar(connect: Connect) -> None:
    (site, _) = await connect.open("99ZY")
    every = await connect.all(site, "leerling")
    (site, _) = await connect.open("99ZY", onderwijssoorten=["havo"], leerjaren=[1, 3])
    pupils = await connect.all(site, "leerling")
    assert 0 < len(pupils) < len(every)
    for row in pupils:
        (place,) = row["plaatsingen"]
        assert place["stamgroep"]["onderwijssoort"] == "HAVO"
        assert place["leerjaar"] in {1, 3}
    for kind in ("lesgroep", "stamgroep"):
        groups = await connect.all(site, kind)
        assert {group["onderwijssoort"] for group in groups} == {"HAVO"}
    inside = {row["uuid"] for row in pupils}
    outside = next(row["uuid"] for row in every if row["uuid"] not in inside)
    assert (await connect.get(site, f"leerling/{outside}")).status_code == 404


async def test_doelgroep_by_vak_reaches_nested_lists(connect: Connect) -> None:
    (site, _) = await connect.open("99ZY", vakken=["fa"])
    groups = {group["uuid"]: group for group in await connect.all(site, "lesgroep")}
    pupils = await connect.all(site, "leerling")
    assert {group["vak"] for group in groups.values()} == {"fa"}
    assert {ref["uuid"] for group in groups.values() for ref in group["leerlingen"]} == {
        row["uuid"] for row in pupils
    }
    assert all(ref["uuid"] in groups for row in pupils for ref in row["lesgroepen"])
    staff = {row["uuid"] for row in await connect.all(site, "medewerker")}
    assert staff == {uuid for group in groups.values() for uuid in group["docenten"]}
    assert [vak["afkorting"] for vak in await connect.all(site, "vak")] == ["fa"]
    visible = {row["uuid"] for row in pupils}
    for stam in await connect.all(site, "stamgroep"):
        assert {ref["uuid"] for ref in stam["leerlingen"]} <= visible
        assert {mentor["medewerker_uuid"] for mentor in stam["mentoren"]} <= staff


@pytest.mark.parametrize(
    ("today", "open_"),
    [
        ("2026-11-30", False),
        ("2026-12-01", True),
        ("2026-12-31", True),
        ("2027-01-01", False),
    ],
)
async def test_begin_and_end_are_included(
    client: httpx.AsyncClient, connect: Connect, today: str, *, open_: bool
) -> None:
    (site,) = await connect.open()
    await connect.create(begindatum="2026-12-01", einddatum="2026-12-31")
    await client.put("/sandbox/clock", json={"today": today})
    assert (await connect.sites() == [site]) is open_
    assert (await connect.get(site, "vak", amount=5)).status_code == (200 if open_ else 401)


async def test_without_dates_it_is_open_for_good(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    (site,) = await connect.open(begindatum=None, einddatum=None)
    for today in ("2020-01-01", "2090-01-01"):
        await client.put("/sandbox/clock", json={"today": today})
        assert await connect.sites() == [site]
    assert (await client.get("/sandbox/schools/99ZX/koppeling")).json()["einddatum"] is None


async def test_next_year_is_closed_when_the_koppeling_ends_before(connect: Connect) -> None:
    (site,) = await connect.open(einddatum="2027-07-31")
    answer = await connect.get(site, "leerling", amount=5, peilschooljaar="VOLGEND")
    assert answer.status_code == 401
    (site,) = await connect.open(einddatum="2027-08-01")
    answer = await connect.get(site, "leerling", amount=5, peilschooljaar="VOLGEND")
    assert answer.json() == {"leerlingen": []}


async def test_revoking_closes(client: httpx.AsyncClient, connect: Connect) -> None:
    (site,) = await connect.open()
    assert (await client.get("/sandbox/schools/99ZX/koppeling")).json()["actief"] is True
    assert (await client.delete("/sandbox/schools/99ZX/koppeling")).status_code == 204
    assert await connect.sites() == []
    assert (await connect.get(site, "vak", amount=5)).status_code == 401
    assert (await client.get("/sandbox/schools/99ZX/koppeling")).status_code == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"voorwaarden_geaccepteerd": False}, "voorwaarden_geaccepteerd"),
        ({"einddatum": "2026-07-31"}, "einddatum"),
        ({"vestigingen": []}, "vestigingen"),
        ({"vestigingen": ["99ZX77"]}, "vestigingen"),
        ({"onderwijssoorten": ["gymnasium"]}, "onderwijssoorten"),
        ({"leerjaren": [9]}, "leerjaren"),
        ({"vakken": ["zweven"]}, "vakken"),
        ({"optionele_datavelden": ["BSN"]}, "optionele_datavelden"),
        ({"product": "ander"}, "product"),
        ({"begindatum": "gisteren"}, "begindatum"),
        ({"onbekend": 1}, "onbekend"),
    ],
)
async def test_wrong_choices_are_named(
    connect: Connect, given: dict[str, object], field: str
) -> None:
    answer = await connect.create(**given)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
