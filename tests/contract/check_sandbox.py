"""Contract check: every answer of the sandbox against the API's own description.

Run as ``python -m tests.contract.check_sandbox PATH_TO_OPENAPI_JSON``. It starts the sandbox
in this process, creates several koppelingen, crawls every resource in every variant, and
fails when one answer is not what the document says, or when too little was seen to judge.
"""

import asyncio
import datetime as dt
import itertools
import json
import sys
from collections import Counter
from pathlib import Path

import httpx

from services.sandbox.app import create_app
from services.sandbox.settings import Settings
from tests.contract.openapi_document import OpenApiDocument

BASE = "/rest/v1"
TODAY = dt.date(2026, 11, 24)
SCHOOLS = ("99ZX", "99ZY")
UNKNOWN = "00000000-0000-4000-8000-000000000000"
LEAST_ANSWERS = 500
LEAST_ROWS = 2000
RESOURCES = {
    "leerling": "leerlingen",
    "plaatsing": "plaatsingen",
    "medewerker": "medewerkers",
    "vak": "vakken",
    "opleiding": "opleidingen",
    "lesgroep/": "lesgroepen",
    "stamgroep/": "stamgroepen",
}
TIMELESS = {"vak", "opleiding"}
WITHOUT_RIGHT = (
    "leerling/{leerling}/pasfoto",
    "leerling/{leerling}/huiswerk",
    "leerling/{leerling}/voortgangsdossier",
    "leerling/{leerling}/examendossier",
    "leerling/{leerling}/rooster",
    "leerling/{leerling}/veldwaardes",
    "leerling/veldwaardes",
    "lesgroep/{lesgroep}/rooster",
    "velden",
)
KOPPELINGEN: dict[str, dict[str, object]] = {
    "all fields": {"product": "alles"},
    "few fields": {"optionele_datavelden": []},
    "filtered": {"onderwijssoorten": ["HAVO"], "vakken": ["ne", "bio"]},
    "one leerjaar": {"leerjaren": [3], "product": "alles"},
}


Params = dict[str, str | int]


class Crawl:
    """Calls the sandbox, judges every answer and counts."""

    def __init__(self, client: httpx.AsyncClient, document: OpenApiDocument) -> None:
        self.client = client
        self.document = document
        self.passed: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    async def get(
        self, kind: str, path: str, expected: int = 200, params: Params | None = None
    ) -> dict[str, list[dict[str, str]]]:
        answer = await self.client.get(BASE + path, params=params)
        problems = self.document.problems("get", path, answer.status_code, answer.content)
        if answer.status_code != expected:
            problems.append(f"status {answer.status_code} instead of {expected}")
        if problems:
            print(f"FAILED {path} {params}: {'; '.join(problems[:3])}")  # noqa: T201
        (self.failed if problems else self.passed)[kind] += 1
        try:
            body = answer.json()
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    def expect(self, kind: str, truth: bool, message: str) -> None:  # noqa: FBT001
        (self.passed if truth else self.failed)[kind] += 1
        if not truth:
            print(f"FAILED {kind}: {message}")  # noqa: T201

    async def pages(self, site: str, kind: str, params: Params) -> list[dict[str, str]]:
        wrapper = RESOURCES[kind]
        rows: list[dict[str, str]] = []
        while True:
            path = f"/connect/vestiging/{site}/{kind}"
            body = await self.get(kind, path, params=params | {"amount": 50, "offset": len(rows)})
            self.expect(kind, wrapper in body, f"no {wrapper}")
            self.expect(
                kind, ("veldpermissies" in body) == ("veldpermissies" in params), "veldpermissies"
            )
            page = body.get(wrapper, [])
            rows += page
            if len(page) < 50:
                self.rows[kind] += len(rows)
                return rows

    async def vestiging(self, site: str) -> None:
        seen: dict[str, str] = {"leerling": UNKNOWN, "lesgroep": UNKNOWN}
        for kind in RESOURCES:
            peilen = (None,) if kind in TIMELESS else (None, "HUIDIG", "VOLGEND")
            for peil, permissies in itertools.product(peilen, (False, True)):
                params: Params = {"peilschooljaar": peil} if peil else {}
                params |= {"veldpermissies": "true"} if permissies else {}
                rows = await self.pages(site, kind, params)
                for row in rows[:2]:
                    await self.single(site, kind, row["uuid"], params)
                if rows and peil is None:
                    seen[kind.rstrip("/")] = rows[0]["uuid"]
            await self.get(kind, f"/connect/vestiging/{site}/{kind.rstrip('/')}/{UNKNOWN}", 404)
        await self.refusals(site, seen)

    async def single(self, site: str, kind: str, uuid: str, params: Params) -> None:
        path = f"/connect/vestiging/{site}/{kind.rstrip('/')}/{uuid}"
        body = await self.get(kind, path, params=params)
        self.expect(kind, len(body.get(RESOURCES[kind], [])) == 1, "not exactly one")

    async def refusals(self, site: str, seen: dict[str, str]) -> None:
        for form in WITHOUT_RIGHT:
            path = form.format(**seen)
            expected = 404 if UNKNOWN in path else 403
            await self.get(
                "no right", f"/connect/vestiging/{site}/{path}", expected, {"amount": 10}
            )

    async def school(self, brin: str) -> None:
        body = await self.get("instelling", "/connect/instelling", params={"brin": brin})
        organisation = body["instellingen"][0]["uuid"]
        token = await self.client.post(
            "/oauth2/token",
            params={"organisation": organisation},
            data={"grant_type": "client_credentials", "client_id": "id", "client_secret": "x"},
        )
        for name, limits in KOPPELINGEN.items():
            created = await self.client.post(
                f"/sandbox/schools/{brin}/koppeling",
                json={
                    "begindatum": "2026-08-01",
                    "einddatum": "2028-07-31",
                    "voorwaarden_geaccepteerd": True,
                    **limits,
                },
            )
            self.expect("koppeling", created.status_code == 201, f"{name}: {created.text}")
            self.client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
            await self.get("vestiging", "/connect/vestiging", params={"veldpermissies": "true"})
            sites = await self.get("vestiging", "/connect/vestiging")
            for site in sites["vestigingen"]:
                await self.vestiging(site["uuid"])
            await self.get(
                "no right", f"/connect/vestiging/{UNKNOWN}/leerling", 401, {"amount": 10}
            )
            del self.client.headers["Authorization"]
            await self.get("no token", "/connect/vestiging", 401)


async def crawl(document: OpenApiDocument) -> Crawl:
    settings = Settings(client_id="id", client_secret="x", today=TODAY, medium_pupils=110)
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        made = Crawl(client, document)
        await made.get("instelling", "/connect/instelling")
        for brin in SCHOOLS:
            await client.post(f"/sandbox/schools/{brin}/next-week")
            await client.post(f"/sandbox/schools/{brin}/next-year")
            await made.school(brin)
        return made


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        print("usage: python -m tests.contract.check_sandbox PATH_TO_OPENAPI_JSON")  # noqa: T201
        return 2
    try:
        document = OpenApiDocument.read(Path(arguments[0]))
    except (json.JSONDecodeError, KeyError, UnicodeDecodeError) as error:
        print(f"not an OpenAPI document: {type(error).__name__}")  # noqa: T201
        return 2
    made = asyncio.run(crawl(document))
    for kind in sorted(made.passed | made.failed):
        counts = f"{made.passed[kind]:6} {made.failed[kind]:6} {made.rows[kind]:8} rows"
        print(f"{kind:12} {counts}")  # noqa: T201
    passed, failed, rows = made.passed.total(), made.failed.total(), made.rows.total()
    enough = passed + failed >= LEAST_ANSWERS and rows >= LEAST_ROWS
    enough = enough and all(made.rows[kind] for kind in RESOURCES)
    if not enough:
        print(f"too little was checked: {passed + failed} checks, {rows} rows")  # noqa: T201
    print(f"{passed} passed, {failed} failed")  # noqa: T201
    return 0 if enough and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
