"""Kurve ops and a product, calling a running connector over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from arq.worker import Worker

from services.connector import worker
from services.connector.settings import ConnectorSettings
from shared.roster.document import Record
from shared.roster.ndjson import DocumentReader
from tests.fixtures.workers import at_work, close

CONTACT = "applicatiebeheer@waterkant.example"
REQUIRED = ["leerlingnummer", "afkorting", "roepnaam", "voorvoegsel", "achternaam"]
OPTIONAL = ["emailadres", "eckid"]
SECRET = "geheim"
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class School:
    """A school that Somtoday and the connector's database both know."""

    id: UUID
    brin: str
    name: str
    organisation: str
    sites: list[dict[str, Any]]


@dataclass
class Kurve:
    """A client with ops' key, their product, and the header of a key that reads its rosters."""

    client: httpx.AsyncClient
    settings: ConnectorSettings
    product: str
    reader: dict[str, str]

    async def request(
        self, school: School, headers: dict[str, str] | None = None, **given: object
    ) -> httpx.Response:
        """Ask for a school's koppeling."""
        body = {
            "product": self.product,
            "school_name": school.name,
            "brin": school.brin,
            "contact_email": CONTACT,
        }
        return await self.client.post("/v1/koppelingen", json=body | given, headers=headers)

    async def requested(self, school: School, **given: object) -> str:
        """Ask for a school's koppeling, and give its id."""
        answer = await self.request(school, **given)
        assert answer.status_code in {200, 202}, answer.text
        return str(answer.json()["id"])

    async def show(self, koppeling: str) -> dict[str, Any]:
        """The koppeling as ops see it."""
        answer = await self.client.get(f"/v1/koppelingen/{koppeling}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def post(self, koppeling: str, action: str, **body: object) -> httpx.Response:
        """Do something to a koppeling."""
        path = f"/v1/koppelingen/{koppeling}/{action}"
        return await self.client.post(path, json=body or None)

    async def history(self, koppeling: str) -> list[tuple[str | None, str, str]]:
        """Each transition as (from, to, event)."""
        answer = await self.client.get(f"/v1/koppelingen/{koppeling}/history")
        return [(e["from_state"], e["to_state"], e["event"]) for e in answer.json()["items"]]

    async def active(self, school: School, **given: object) -> str:
        """Ask for a koppeling that the school opened, and let the worker verify it."""
        koppeling = await self.requested(school, **given)
        await run_worker(self.settings)
        assert (await self.show(koppeling))["state"] == "active"
        return koppeling

    async def roster(self, school: School) -> httpx.Response:
        """The school's roster document with the product's own key."""
        return await self.client.get(f"/v1/schools/{school.id}/roster", headers=self.reader)


async def run_worker(settings: ConnectorSettings, *, with_crons: bool = False) -> None:
    """Run the connector's real worker until its queue is empty."""
    given = _prompt(settings)
    if not with_crons:
        # The sweep would take along what other tests left in the shared database.
        given["cron_jobs"] = []
    running = Worker(**given, burst=True, handle_signals=False)
    try:
        await running.async_run()
    finally:
        await close(running)


@asynccontextmanager
async def working(settings: ConnectorSettings) -> AsyncIterator[None]:
    """Have the connector's real worker at work for as long as the block runs."""
    async with at_work(Worker(**_prompt(settings), handle_signals=False)):
        yield


def _prompt(settings: ConnectorSettings) -> dict[str, Any]:
    """The worker as it is declared, without a wait between two looks into its queue."""
    return {**worker.build(settings), "poll_delay": _POLL_SECONDS}


def whole(document: bytes) -> list[Record]:
    """The records of a document, proven complete by its trailer."""
    reader = DocumentReader()
    records = [reader.read(line) for line in document.splitlines()]
    reader.finish()
    return records
