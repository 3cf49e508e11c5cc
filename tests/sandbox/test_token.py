from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.sandbox.connect_client import Connect

FORM = {"grant_type": "client_credentials", "client_id": "numo", "client_secret": "geheim"}


async def ask(
    client: httpx.AsyncClient, organisation: str, data: dict[str, str] | None = None, **more: Any
) -> httpx.Response:
    params = {"organisation": organisation}
    return await client.post("/oauth2/token", params=params, data=data or FORM, **more)


async def test_a_token_is_given_for_an_organisation(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    answer = await ask(client, await connect.organisation())
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 3600


async def test_http_basic_is_accepted_too(client: httpx.AsyncClient, connect: Connect) -> None:
    only_grant = {"grant_type": "client_credentials"}
    organisation = await connect.organisation()
    answer = await ask(client, organisation, only_grant, auth=("numo", "geheim"))
    assert answer.status_code == 200
    answer = await ask(client, organisation, only_grant, auth=("numo", "fout"))
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "fout"}, 401, "invalid_client"),
        ({"client_id": "fout"}, 401, "invalid_client"),
        ({"client_secret": "é"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_wrong_credentials(
    client: httpx.AsyncClient, connect: Connect, change: dict[str, str], status: int, error: str
) -> None:
    answer = await ask(client, await connect.organisation(), FORM | change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_an_unknown_organisation(client: httpx.AsyncClient) -> None:
    answer = await ask(client, "00000000-0000-4000-8000-000000000000")
    assert answer.status_code == 400


async def test_a_token_is_good_for_one_organisation_only(connect: Connect) -> None:
    await connect.create("99ZY")
    (own,) = await connect.open("99ZX")
    await connect.authorise("99ZY")
    assert (await connect.get(own, "leerling", amount=10)).status_code == 401


async def test_without_koppeling_a_token_opens_nothing(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    await connect.authorise()
    answer = await client.get("/rest/v1/connect/vestiging")
    assert answer.json() == {"vestigingen": []}
    site = (await client.get("/sandbox/schools/99ZX")).json()["vestigingen"][0]["uuid"]
    assert (await connect.get(site, "leerling", amount=10)).status_code == 401


async def test_an_expired_token(client: httpx.AsyncClient, connect: Connect, app: FastAPI) -> None:
    await connect.open()
    app.state.sandbox.expire_token(client.headers["Authorization"].removeprefix("Bearer "))
    assert (await client.get("/rest/v1/connect/vestiging")).status_code == 401
