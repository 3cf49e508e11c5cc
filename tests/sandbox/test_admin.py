import httpx

from tests.sandbox.connect_client import Connect


async def test_health(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_schools_are_listed_and_added(client: httpx.AsyncClient, connect: Connect) -> None:
    new = {"naam": "Proef & Co <b>", "brin": "99ZV", "pupils": 40, "seed": 5}
    answer = await client.post("/sandbox/schools", json=new)
    assert answer.status_code == 201
    assert answer.json()["leerlingen"] == 40
    assert (await client.post("/sandbox/schools", json=new)).status_code == 409
    assert (await client.post("/sandbox/schools", json=new | {"brin": "x"})).status_code == 422
    brins = [school["brin"] for school in (await client.get("/sandbox/schools")).json()]
    assert brins == ["99ZX", "99ZY", "99ZW", "99ZV"]
    assert len(await connect.open("99ZV")) == 1
    page = (await client.get("/sandbox/")).text
    assert "Proef &amp; Co &lt;b&gt;" in page


async def test_the_wizard_has_three_steps(client: httpx.AsyncClient, connect: Connect) -> None:
    page = (await client.get("/sandbox/school/99ZY")).text
    for text in ("Stap 1 van 3: Doelgroep", "Stap 2 van 3: Datavelden",
                 "Stap 3 van 3: Periode en voorwaarden", "Koppeling aanmaken",
                 "Er is nog geen koppeling", "Waterkant College Zuid (99ZY01)"):  # fmt: skip
        assert text in page
    assert 'value="emailadres"' in page
    assert "Koppeling intrekken" not in page
    await connect.create("99ZY", leerjaren=[2])
    page = (await client.get("/sandbox/school/99ZY")).text
    assert "Koppeling intrekken" in page
    assert "export.csv" in page
    assert (await client.get("/sandbox/school/99AA")).status_code == 404


async def test_reset_takes_everything_back(client: httpx.AsyncClient, connect: Connect) -> None:
    await connect.open()
    await connect.faults({"kind": "status"})
    assert (await client.post("/sandbox/reset")).status_code == 204
    assert (await client.get("/sandbox/faults")).json() == []
    assert (await client.get("/sandbox/schools/99ZX/koppeling")).status_code == 404
    assert (await client.get("/rest/v1/connect/vestiging")).status_code == 401
