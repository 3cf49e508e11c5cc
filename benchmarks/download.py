"""A fetch and its limit: the connector's stream, and Somtoday's pages read in a plain loop."""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from deploy.demo.peers import Peers, answer_of
from shared.auth.api_keys import create_api_key

_PAGE = 200
_TYPES = {"stamgroep": "stamgroepen", "lesgroep": "lesgroepen"} | {
    "leerling": "leerlingen",
    "medewerker": "medewerkers",
}


def bare_download(peers: Peers, brin: str) -> int:
    """Read every page that a roster needs; returns how many objects came."""
    client = peers.sandbox
    found = answer_of(client.get("/rest/v1/connect/instelling", params={"brin": brin}))
    client_of_school = _authorised(peers, found["instellingen"][0]["uuid"])
    sites = answer_of(client_of_school.get("/rest/v1/connect/vestiging"))["vestigingen"]
    return sum(
        _count(client_of_school, f"/rest/v1/connect/vestiging/{site['uuid']}/{kind}", wrapper)
        for site in sites
        for kind, wrapper in _TYPES.items()
    )


# A pace that never holds a stream up: what is measured is the work, not the limit that protects
# Somtoday. At 50 calls a second the same school, read over and over, waits for its turns.
UNPACED = 10_000


def roster_reader(peers: Peers) -> httpx.Client:
    """A client with a key that reads rosters; made before anything is timed."""
    environment = peers.environment
    made = create_api_key(
        environment.databases.owner, name="bench", scopes=["roster:read"], product="numo"
    )
    return peers.client(environment.connector, {"Authorization": f"Bearer {asyncio.run(made)}"})


def roster_stream(reader: httpx.Client, school_id: UUID) -> int:
    """Read the connector's roster document to its end; returns how many lines came."""
    with reader.stream("GET", f"/v1/schools/{school_id}/roster") as answer:
        return sum(1 for _ in answer.iter_lines())


def _authorised(peers: Peers, organisation: str) -> httpx.Client:
    client_id, client_secret = peers.environment.somtoday_client
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
    }
    query = {"organisation": organisation}
    token: Any = answer_of(peers.sandbox.post("/oauth2/token", params=query, data=form))
    return peers.client(
        peers.environment.sandbox, {"Authorization": f"Bearer {token['access_token']}"}
    )


def _count(client: httpx.Client, path: str, wrapper: str) -> int:
    count = 0
    while True:
        query = {"offset": str(count), "amount": str(_PAGE)}
        page = answer_of(client.get(path, params=query))[wrapper]
        count += len(page)
        if len(page) < _PAGE:
            return count
