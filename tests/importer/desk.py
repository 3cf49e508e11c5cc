"""A school's desk in Numo: the importer's API as its schoolbeheerder uses it."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from shared.errors.codes import ErrorCode
from tests.importer.rosters import RosterRecord, document
from tests.importer.source import Answer, RosterSource

Json = dict[str, Any]
_REST = {"planned", "applied", "failed", "refused", "cancelled", "expired"}
_SECONDS = 60.0


@dataclass
class Desk:
    """One school, its administrator's HTTP client, and the source that speaks for its Somtoday."""

    school_id: UUID
    client: httpx.AsyncClient
    source: RosterSource

    def says(self, records: list[RosterRecord]) -> Answer:
        """Let the source deliver these records."""
        return self.source.say(self.school_id, Answer(document(records)))

    async def start(self, **headers: str) -> httpx.Response:
        """Ask for an import."""
        return await self.client.post("/v1/imports", json={"source": "somtoday"}, headers=headers)

    async def begin(self) -> str:
        """Ask for an import, which must be accepted; returns its id."""
        answer = await self.start()
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def look(self, import_id: str) -> Json:
        """The import as it is now."""
        answer = await self.client.get(f"/v1/imports/{import_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def rested(self, import_id: str) -> Json:
        """The import once no worker is needed any more."""
        async with asyncio.timeout(_SECONDS):
            while (found := await self.look(import_id))["state"] not in _REST:
                await asyncio.sleep(0.02)
        return found

    async def plan(self, records: list[RosterRecord]) -> Json:
        """Import these records up to the controlescherm."""
        self.says(records)
        found = await self.rested(await self.begin())
        assert found["state"] == "planned", found
        return found

    async def plan_list(self, rows: list[str]) -> Json:
        """Import a CSV up to the controlescherm."""
        files = {"file": ("leerlingen.csv", "\n".join(rows).encode(), "text/csv")}
        answer = await self.client.post("/v1/imports/csv", files=files)
        assert answer.status_code == 202, answer.text
        found = await self.rested(answer.json()["id"])
        assert found["state"] == "planned", found
        return found

    async def changes(self, import_id: str, **wanted: str) -> list[Json]:
        """A plan's changes, all pages."""
        found: list[Json] = []
        query: dict[str, str] = dict(wanted)
        while True:
            answer = await self.client.get(f"/v1/imports/{import_id}/changes", params=query)
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if answer.json()["next"] is None:
                return found
            query["cursor"] = answer.json()["next"]

    async def choose(self, import_id: str, if_match: str | None = None, **body: Any) -> Any:
        """Choose on the controlescherm."""
        headers = {"If-Match": if_match} if if_match else {}
        return await self.client.put(f"/v1/imports/{import_id}/choice", json=body, headers=headers)

    async def verder(self, run: Json, **headers: str) -> httpx.Response:
        """VERDER with the plan's own digest, whatever is chosen of it."""
        body, seen = {"digest": run["digest"]}, {"If-Match": "*", **headers}
        return await self.client.post(f"/v1/imports/{run['id']}/apply", json=body, headers=seen)

    async def apply(self, run: Json, **choice: Any) -> Json:
        """Choose, VERDER, and wait for the end."""
        if choice:
            chosen = await self.choose(run["id"], **choice)
            assert chosen.status_code == 200, chosen.text
        answer = await self.verder(run)
        assert answer.status_code == 202, answer.text
        return await self.rested(run["id"])

    async def bring(self, records: list[RosterRecord]) -> Json:
        """Import these records and apply everything."""
        planned = await self.plan(records)
        await self.confirm(planned)
        run = await self.apply(planned, add=True, update=True, archive=True)
        assert run["state"] == "applied", run
        return run

    async def confirm(self, run: Json, *keys: str, **headers: str) -> httpx.Response | None:
        """Let these brakes of a plan pass, or all that it has."""
        brakes = list(keys) or [brake["key"] for brake in run["brakes"]]
        if not brakes:
            return None
        return await self.client.post(
            f"/v1/imports/{run['id']}/confirmations",
            json={
                "digest": run["digest"],
                "brakes": brakes,
                "reason": "Dit klopt, is nagevraagd.",
                "name": "A. de Beheerder",
            },
            headers=headers,
        )

    async def brakes(self, run: Json) -> dict[str, Json]:
        """The brakes of a plan as they stand, by key."""
        answer = await self.client.get(f"/v1/imports/{run['id']}/brakes")
        assert answer.status_code == 200, answer.text
        return {found["key"]: found for found in answer.json()}

    async def people(self, **wanted: str) -> dict[str, Json]:
        """Everybody whom Numo knows, by given name."""
        answer = await self.client.get("/v1/people", params={"limit": "500", **wanted})
        assert answer.status_code == 200, answer.text
        return {found["given_name"]: found for found in answer.json()["items"]}


def assert_refused(answer: httpx.Response, error: ErrorCode) -> Json:
    """The answer is this problem document; returns it."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: Json = answer.json()
    assert (answer.status_code, body["code"]) == (error.value.status, error.code), body
    assert body["detail"]
    return body
