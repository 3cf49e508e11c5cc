import time

import httpx
import pytest
from fastapi import FastAPI

from tests.fixtures.http import http_client
from tests.sandbox.connect_client import Connect


async def fetch(connect: Connect, site: str, amount: int = 10, offset: int = 0) -> httpx.Response:
    return await connect.get(site, "leerling", amount=amount, offset=offset)


async def test_latency(connect: Connect) -> None:
    (site,) = await connect.open()
    await connect.faults({"kind": "latency", "seconds": 0.2, "match": "leerling"})
    start = time.perf_counter()
    assert (await fetch(connect, site)).status_code == 200
    assert time.perf_counter() - start >= 0.2


async def test_status_and_rate_limit(connect: Connect) -> None:
    (site,) = await connect.open()
    await connect.faults({"kind": "status", "status": 502, "times": 1})
    assert [(await fetch(connect, site)).status_code for _ in range(2)] == [502, 200]
    await connect.faults({"kind": "rate_limit", "retry_after": 7})
    answer = await fetch(connect, site)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


async def test_after_times_and_match(client: httpx.AsyncClient, connect: Connect) -> None:
    (site,) = await connect.open()
    await connect.faults({"kind": "status", "match": "offset=10", "after": 1, "times": 1})
    codes = [(await fetch(connect, site, offset=10)).status_code for _ in range(3)]
    assert codes == [200, 503, 200]
    assert (await fetch(connect, site)).status_code == 200
    (shown,) = (await client.get("/sandbox/faults")).json()
    assert (shown["seen"], shown["struck"]) == (3, 1)
    assert (await client.delete("/sandbox/faults")).status_code == 204
    assert (await client.get("/sandbox/faults")).json() == []


async def test_maintenance_is_html_with_200(connect: Connect) -> None:
    (site,) = await connect.open()
    await connect.faults({"kind": "html_maintenance"})
    answer = await fetch(connect, site)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_truncated_json(connect: Connect) -> None:
    (site,) = await connect.open()
    await connect.faults({"kind": "truncate"})
    answer = await fetch(connect, site)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r".+"):
        answer.json()


async def test_an_expired_token_stays_expired(connect: Connect) -> None:
    (site,) = await connect.open()
    await connect.faults({"kind": "expire_token", "match": "offset=10", "times": 1})
    assert (await fetch(connect, site)).status_code == 200
    assert (await fetch(connect, site, offset=10)).status_code == 401
    assert (await fetch(connect, site)).status_code == 401
    await connect.authorise()
    assert (await fetch(connect, site, offset=10)).status_code == 200


async def test_a_row_is_skipped_or_repeated_between_pages(connect: Connect) -> None:
    (site,) = await connect.open()
    every = [row["uuid"] for row in await connect.all(site, "leerling")]
    await connect.faults({"kind": "skip_row", "after": 1})
    pages = [(await fetch(connect, site, offset=o)).json()["leerlingen"] for o in (0, 10, 20)]
    seen = [row["uuid"] for page in pages for row in page]
    assert seen == every[:10] + every[11:]
    await connect.faults({"kind": "repeat_row", "after": 1})
    pages = [(await fetch(connect, site, offset=o)).json()["leerlingen"] for o in (0, 10, 20)]
    seen = [row["uuid"] for page in pages for row in page]
    assert seen == every[:10] + every[9:29]
    await connect.faults({"kind": "repeat_row"})
    first = (await fetch(connect, site, amount=200)).json()["leerlingen"]
    assert [row["uuid"] for row in first] == [*every, every[0]]


async def test_fields_that_nobody_expects(connect: Connect) -> None:
    (site,) = await connect.open()
    await connect.faults({"kind": "unknown_field", "all_rows": True})
    rows = (await fetch(connect, site)).json()["leerlingen"]
    assert all(row["nieuwVeld"] == "onbekend" for row in rows)
    await connect.faults({"kind": "missing_field", "field": "achternaam"})
    rows = (await fetch(connect, site)).json()["leerlingen"]
    assert ["achternaam" in row for row in rows[:2]] == [False, True]
    await connect.faults({"kind": "wrong_type", "field": "leerlingnummer"})
    rows = (await fetch(connect, site)).json()["leerlingen"]
    assert isinstance(rows[0]["leerlingnummer"], dict)


async def test_a_wrong_rule_is_refused(client: httpx.AsyncClient) -> None:
    for rule in ({"kind": "onbekend"}, {"kind": "drop", "match": "("}, {"kind": "drop", "x": 1}):
        assert (await client.put("/sandbox/faults", json=[rule])).status_code == 422


async def test_the_control_api_is_never_struck(client: httpx.AsyncClient, connect: Connect) -> None:
    await connect.faults({"kind": "status"})
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/sandbox/schools")).status_code == 200


async def test_a_dropped_connection_over_real_http(connect: Connect, served: str) -> None:
    (site,) = await connect.open()
    await connect.faults({"kind": "drop", "times": 1})
    headers = {"Authorization": connect.client.headers["Authorization"]}
    async with http_client(served, headers) as client:
        path = f"/rest/v1/connect/vestiging/{site}/leerling?amount=200"
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(path)
        assert len((await client.get(path)).json()["leerlingen"]) == 30


async def test_a_page_of_200_is_fast_over_real_http(connect: Connect, served: str) -> None:
    site = (await connect.open("99ZW"))[0]
    headers = {"Authorization": connect.client.headers["Authorization"]}
    async with http_client(served, headers) as client:
        path = f"/rest/v1/connect/vestiging/{site}/leerling?amount=200"
        await client.get(path)
        times = []
        for _ in range(5):
            start = time.perf_counter()
            assert len((await client.get(path)).content) > 100_000
            times.append(time.perf_counter() - start)
        assert min(times) < 0.03


async def test_calls_are_counted_as_they_arrive(
    app: FastAPI, client: httpx.AsyncClient, connect: Connect
) -> None:
    await connect.open()
    assert (await client.delete("/sandbox/calls")).status_code == 204
    await connect.faults({"kind": "rate_limit"})
    assert (await client.get("/rest/v1/connect/instelling")).status_code == 429
    assert (await client.get("/sandbox/calls")).json()["count"] == 1
    app.state.sandbox.calls.times[:] = [0.0, 0.5, 0.9, 1.0, 1.6]
    found = (await client.get("/sandbox/calls")).json()
    assert found == {"count": 5, "seconds": 1.6, "most_in_a_second": 3}
