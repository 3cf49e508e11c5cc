from typing import Any

import httpx
import pytest

from shared.ids import new_id
from tests.connector.api.conftest import Activated
from tests.connector.conftest import new_product
from tests.connector.kurve import Kurve, School
from tests.fixtures.callers import Issuer
from tests.fixtures.http import http_client

OPS_ONLY = [
    ("GET", "/v1/products"),
    ("GET", "/v1/products/numo"),
    ("PUT", "/v1/products/numo"),
    ("GET", "/v1/koppelingen"),
    ("POST", "/v1/koppelingen"),
    ("POST", "/v1/koppelingen:bulk"),
    ("GET", "/v1/koppelingen/{id}"),
    ("PATCH", "/v1/koppelingen/{id}"),
    ("GET", "/v1/koppelingen/{id}/history"),
    ("GET", "/v1/koppelingen/{id}/explain"),
    ("GET", "/v1/koppelingen/{id}/stated-and-observed"),
    ("POST", "/v1/koppelingen/{id}/organisation"),
    ("POST", "/v1/koppelingen/{id}/verify"),
    ("POST", "/v1/koppelingen/{id}/pause"),
    ("POST", "/v1/koppelingen/{id}/resume"),
    ("POST", "/v1/koppelingen/{id}/end"),
    ("GET", "/v1/koppeling-events"),
    ("GET", "/v1/dead-letters"),
    ("POST", "/v1/dead-letters/{id}/retry"),
]
OWN = ("GET", "/v1/own-koppelingen")
ROSTERS = [("GET", "/v1/schools/{id}/roster"), ("GET", "/v1/koppelingen/{id}/roster")]


async def call(kurve: Kurve, endpoint: tuple[str, str], headers: dict[str, str]) -> httpx.Response:
    method, path = endpoint
    async with http_client(kurve.client.base_url) as client:
        return await client.request(method, path.format(id=new_id()), headers=headers)


async def test_the_list_of_endpoints_is_complete(kurve: Kurve) -> None:
    paths = (await kurve.client.get("/openapi.json")).json()["paths"]
    documented = {(method.upper(), path) for path, found in paths.items() for method in found}
    known = {
        (
            method,
            path.replace("numo", "{code}")
            .replace("koppelingen/{id}", "koppelingen/{koppeling_id}")
            .replace("letters/{id}", "letters/{letter_id}"),
        )
        for method, path in (*OPS_ONLY, ROSTERS[1], OWN)
    }
    assert documented == known | {("GET", "/v1/schools/{school_id}/roster")}


@pytest.mark.parametrize("endpoint", [*OPS_ONLY, *ROSTERS, OWN], ids=" ".join)
@pytest.mark.parametrize("credential", ["", "Bearer kpl_bestaat-niet", "Bearer geen.echt.token"])
async def test_nobody_gets_in_without_a_valid_credential(
    kurve: Kurve, endpoint: tuple[str, str], credential: str
) -> None:
    answer = await call(kurve, endpoint, {"Authorization": credential} if credential else {})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("endpoint", [*OPS_ONLY, *ROSTERS], ids=" ".join)
async def test_a_user_of_numo_and_a_key_for_something_else_are_not_allowed(
    kurve: Kurve, issuer: Issuer, api_key: Any, endpoint: tuple[str, str]
) -> None:
    user = await issuer.headers(school=new_id(), role="schoolbeheerder")
    wrong_scope = await api_key("licenses:use", "ops" if endpoint in ROSTERS else "roster:read")
    for headers in (user, wrong_scope):
        answer = await call(kurve, endpoint, headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_health_needs_no_credential_and_names_what_it_needs(kurve: Kurve) -> None:
    async with http_client(kurve.client.base_url) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).json() == {
            "ready": True,
            "database": True,
            "redis": True,
        }
        assert "http_requests_total" in (await client.get("/metrics")).text


async def test_another_products_koppeling_answers_as_if_it_did_not_exist(
    kurve: Kurve, api_key: Any, school: School
) -> None:
    koppeling = await kurve.requested(school)
    other = await new_product(kurve.client)
    headers = await api_key("ops", product=other)
    nothing = (await call(kurve, ("GET", "/v1/koppelingen/{id}"), headers)).json()
    for action in ("", "/history", "/explain?leerlingnummer=1"):
        answer = await kurve.client.get(f"/v1/koppelingen/{koppeling}{action}", headers=headers)
        assert (answer.status_code, answer.json()) == (404, nothing)
    for action, body in (("verify", None), ("pause", None), ("end", {"reason": "x"})):
        path = f"/v1/koppelingen/{koppeling}/{action}"
        answer = await kurve.client.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()) == (404, nothing)
    assert (await kurve.show(koppeling))["state"] == "requested"
    for params in ({}, {"product": kurve.product}, {"brin": school.brin}):
        answer = await kurve.client.get("/v1/koppelingen", params=params, headers=headers)
        assert answer.json() == {"items": [], "next": None}


async def test_a_products_ops_asks_and_sees_for_that_product_only(
    kurve: Kurve, api_key: Any, school: School
) -> None:
    other = await new_product(kurve.client)
    headers = await api_key("ops", product=other)
    refused = await kurve.request(school, headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "product_unknown")
    own = (await kurve.request(school, headers, product=other)).json()["id"]
    theirs = await kurve.requested(school)
    assert own != theirs
    listed = (await kurve.client.get("/v1/koppelingen", headers=headers)).json()
    assert [item["id"] for item in listed["items"]] == [own]


async def test_a_products_ops_sees_and_changes_that_product_only(
    kurve: Kurve, api_key: Any
) -> None:
    other = await new_product(kurve.client, name="Ander")
    headers = await api_key("ops", product=other)
    listed = (await kurve.client.get("/v1/products", headers=headers)).json()
    assert [item["code"] for item in listed["items"]] == [other]
    for path in (f"/v1/products/{kurve.product}", "/v1/products/bestaat-niet"):
        assert (await kurve.client.get(path, headers=headers)).status_code == 404
        body = {
            "name": "Gekaapt",
            "somtoday_client_id": "x",
            "somtoday_client_secret": "y",
            "required_datavelden": [],
        }
        answer = await kurve.client.put(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    shown = await kurve.client.get(f"/v1/products/{kurve.product}")
    assert shown.json()["name"] == "Numo"


async def test_a_key_reads_only_the_rosters_of_its_own_product(
    kurve: Kurve, api_key: Any, activated: Activated
) -> None:
    school, _ = await activated()
    path = f"/v1/schools/{school.id}/roster"
    other = await new_product(kurve.client)
    for headers in (await api_key("roster:read", product=other), await api_key("roster:read")):
        answer = await kurve.client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await kurve.roster(school)).status_code == 200
