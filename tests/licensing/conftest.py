import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from deploy.local.programs import free_port
from services.licensing.app import build
from services.licensing.settings import LicensingSettings
from shared.clock import Schooljaar, now
from shared.database import Database
from shared.ids import new_id
from tests.fixtures.callers import Issuer
from tests.fixtures.http import http_client, serving

PRODUCT = "rekenen"
# What licensing needs to tell others, besides what every service needs.
OUTSIDE: dict[str, Any] = {
    "encryption_keys": SecretStr(Fernet.generate_key().decode()),
    "webhook_insecure": True,
    "smtp_host": "127.0.0.1",
    "smtp_port": free_port(),
    "smtp_sender": "Kurve <support@kurve.example>",
    "smtp_starttls": False,
}
YEAR = str(Schooljaar.of(now()))
_ADD_PERSON = text("""
    INSERT INTO person (id, school_id, role, state, archived_at)
    VALUES (:id, :school, :role, :state, CASE :state WHEN 'archived' THEN now() END)
""")
_ADD_PRODUCTS = text("""
    INSERT INTO product VALUES ('numo', 'Numo', 'id', 'x', '{}', '{}'),
        ('other', 'Other', 'id', 'x', '{}', '{}') ON CONFLICT DO NOTHING
""")
_ADD_LICENSE_PRODUCTS = text("""
    INSERT INTO license_product VALUES ('rekenen', 'Numo rekenen', 'numo', 'rekenen'),
        ('taal', 'Other taal', 'other', NULL) ON CONFLICT DO NOTHING
""")


@dataclass
class School:
    """A school with licenses, and what its people ask of licensing."""

    id: UUID
    url: str
    client: httpx.AsyncClient
    issuer: Issuer
    owner: Database
    ops: dict[str, str]
    numo: dict[str, str]

    async def person(self, role: str = "pupil", state: str = "active") -> UUID:
        person_id = new_id()
        facts = {"id": person_id, "school": self.id, "role": role, "state": state}
        async with self.owner.transaction(self.id) as connection:
            await connection.execute(_ADD_PERSON, facts)
        return person_id

    async def grant(self, amount: int, key: str | None = None, **other: Any) -> httpx.Response:
        body = {
            "school_id": str(self.id),
            "license_product": PRODUCT,
            "schooljaar": YEAR,
            "amount": amount,
            "reason": "order 1",
            **other,
        }
        headers = {**self.ops, "Idempotency-Key": key or str(new_id())}
        return await self.client.post("/v1/license-grants", json=body, headers=headers)

    async def start(
        self,
        person_id: UUID,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **other: Any,
    ) -> httpx.Response:
        body = {
            "person_id": str(person_id),
            "license_product": PRODUCT,
            "activity_kind": "oefening",
            "activity_id": "breuken-1",
            "started_at": now().isoformat(),
            **other,
        }
        given = {"Idempotency-Key": key} if key else {}
        who = self.numo if headers is None else headers
        query = {"school_id": str(self.id)} if who is self.numo else {}
        headers = {**who, **given, "Content-Type": "application/json"}
        # Escaped by hand: httpx cannot send half a surrogate pair, a caller can.
        content = json.dumps(body)
        return await self.client.post(
            "/v1/license-uses", content=content, params=query, headers=headers
        )

    async def pool(self, schooljaar: str = YEAR) -> dict[str, Any]:
        query = {"school_id": str(self.id), "schooljaar": schooljaar}
        answer = await self.client.get("/v1/license-pools", params=query, headers=self.ops)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["items"][0])

    async def ledger(self) -> tuple[int, int]:
        """Sum of the ledger's grants, and number of its uses less its releases."""
        statement = text("""
            SELECT coalesce(sum(amount) FILTER (WHERE kind = 'grant'), 0),
                -coalesce(sum(amount) FILTER (WHERE kind <> 'grant'), 0)
            FROM license_entry WHERE school_id = :school
        """)
        async with self.owner.transaction(self.id) as connection:
            row = (await connection.execute(statement, {"school": self.id})).one()
        return row[0], row[1]


@pytest.fixture(scope="session")
def licensing_settings(urls: Any, issuer: Issuer) -> LicensingSettings:
    return LicensingSettings(
        database_url=urls.licensing,
        redis_url=urls.redis,
        redis_namespace=f"test-{new_id()}",
        oidc_issuer=issuer.url,
        oidc_audience=issuer.audience,
        oidc_jwks_url=f"{issuer.url}/jwks",
        log_level="WARNING",
        **OUTSIDE,
    )


@pytest.fixture(scope="session")
async def licensing_url(licensing_settings: LicensingSettings) -> AsyncIterator[str]:
    async with serving(lambda _: build(licensing_settings)) as url:
        yield url


@pytest.fixture(scope="session")
async def licensing(urls: Any) -> AsyncIterator[Database]:
    """The database with licensing's own role."""
    made = Database(SecretStr(urls.licensing.replace("postgresql://", "postgresql+psycopg://")), 4)
    yield made
    await made.close()


@pytest.fixture
async def school_with(
    licensing_url: str,
    owner: Database,
    issuer: Issuer,
    new_school: Callable[[], Awaitable[UUID]],
    api_key: Callable[..., Awaitable[dict[str, str]]],
) -> AsyncIterator[Callable[[int], Awaitable[School]]]:
    async with owner.transaction() as connection:
        await connection.execute(_ADD_PRODUCTS)
        await connection.execute(_ADD_LICENSE_PRODUCTS)
    async with http_client(licensing_url) as client:

        async def make(licenses: int) -> School:
            ops = await api_key("ops")
            numo = await api_key("licenses:use", product="numo")
            school = School(await new_school(), licensing_url, client, issuer, owner, ops, numo)
            if licenses:
                granted = await school.grant(licenses)
                assert granted.status_code == 201, granted.text
            return school

        yield make
