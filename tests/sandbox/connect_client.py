from typing import Any

import httpx


class Connect:
    """Speaks to the sandbox as a koppelpartij and as an applicatiebeheerder."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def organisation(self, brin: str = "99ZX") -> str:
        answer = await self.client.get("/rest/v1/connect/instelling", params={"brin": brin})
        return answer.json()["instellingen"][0]["uuid"]

    async def authorise(self, brin: str = "99ZX") -> None:
        answer = await self.client.post(
            "/oauth2/token",
            params={"organisation": await self.organisation(brin)},
            data={
                "grant_type": "client_credentials",
                "client_id": "numo",
                "client_secret": "geheim",
            },
        )
        self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    async def create(self, brin: str = "99ZX", **given: object) -> httpx.Response:
        body = {
            "begindatum": "2026-08-01",
            "einddatum": "2027-07-31",
            "voorwaarden_geaccepteerd": True,
        } | given
        return await self.client.post(f"/sandbox/schools/{brin}/koppeling", json=body)

    async def open(self, brin: str = "99ZX", **given: object) -> list[str]:
        """Create a koppeling, take a token, and give the vestigingen that are open."""
        answer = await self.create(brin, **given)
        assert answer.status_code == 201, answer.text
        await self.authorise(brin)
        return await self.sites()

    async def sites(self) -> list[str]:
        answer = await self.client.get("/rest/v1/connect/vestiging")
        return [site["uuid"] for site in answer.json()["vestigingen"]]

    async def get(self, site: str, path: str, **params: object) -> httpx.Response:
        return await self.client.get(f"/rest/v1/connect/vestiging/{site}/{path}", params=params)

    async def all(self, site: str, kind: str, **params: object) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            answer = await self.get(site, kind, amount=200, offset=len(rows), **params)
            page = next(iter(answer.json().values()))
            rows += page
            if len(page) < 200:
                return rows

    async def faults(self, *rules: dict[str, object]) -> None:
        answer = await self.client.put("/sandbox/faults", json=list(rules))
        assert answer.status_code == 200, answer.text
