from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from deploy.local.inbox import Mailbox, receiving
from deploy.local.programs import free_port
from services.connector.app import build
from services.connector.settings import ConnectorSettings
from services.sandbox.app import create_app
from services.sandbox.settings import Settings
from services.sandbox.state import Sandbox
from shared.auth.api_keys import create_api_key
from shared.clock import today
from shared.database import Database
from shared.ids import new_id
from tests.connector.kurve import OPTIONAL, REQUIRED, SECRET, Kurve, School
from tests.fixtures.callers import Issuer
from tests.fixtures.http import http_client, serving
from tests.fixtures.servers import LocalUrls
from tests.sandbox.connect_client import Connect

MakeSettings = Callable[..., ConnectorSettings]
NewKurve = Callable[..., AbstractAsyncContextManager[Kurve]]


@dataclass
class Somtoday:
    """The sandbox over real HTTP, what it remembers, and a hand on its switches."""

    url: str
    state: Sandbox
    connect: Connect

    async def open(self, school: School, **given: object) -> None:
        """Let the school's applicatiebeheerder create the Connectkoppeling."""
        dates = {
            "begindatum": str(today() - timedelta(days=30)),
            "einddatum": str(today() + timedelta(days=30)),
        }
        answer = await self.connect.create(school.brin, **{**dates, **given})
        assert answer.status_code == 201, answer.text

    async def close(self, school: School) -> None:
        """Let the applicatiebeheerder revoke it."""
        answer = await self.connect.client.delete(f"/sandbox/schools/{school.brin}/koppeling")
        assert answer.status_code == 204

    async def struck(self) -> list[int]:
        """How often each fault in force struck."""
        rules = (await self.connect.client.get("/sandbox/faults")).json()
        return [rule["struck"] for rule in rules]


@pytest.fixture(scope="session")
async def served_somtoday() -> AsyncIterator[Somtoday]:
    app = create_app(Settings(client_id="numo", client_secret=SECRET, today=today()))
    async with (
        serving(lambda _: app) as url,
        http_client(url) as client,
    ):
        yield Somtoday(url, app.state.sandbox, Connect(client))


@pytest.fixture
async def somtoday(served_somtoday: Somtoday) -> AsyncIterator[Somtoday]:
    """Somtoday, without the faults that a test switched on before."""
    yield served_somtoday
    await served_somtoday.connect.faults()


@pytest.fixture(scope="session")
def settings(urls: LocalUrls, issuer: Issuer, served_somtoday: Somtoday) -> MakeSettings:
    """Settings of a connector that speaks to the sandbox, quick to give up, with its own queue."""
    smtp_port = free_port()

    def make(**overrides: object) -> ConnectorSettings:
        values: dict[str, Any] = {
            "database_url": SecretStr(urls.connector),
            "redis_url": SecretStr(urls.redis),
            "redis_namespace": f"test-{new_id()}",
            "oidc_issuer": issuer.url,
            "oidc_audience": issuer.audience,
            "oidc_jwks_url": f"{issuer.url}/jwks",
            "log_level": "WARNING",
            "somtoday_api_url": f"{served_somtoday.url}/rest/v1",
            "somtoday_token_url": f"{served_somtoday.url}/oauth2/token",
            "somtoday_attempts": 3,
            "somtoday_wait_seconds": 0.01,
            "somtoday_longest_wait_seconds": 2.0,
            "encryption_keys": SecretStr(Fernet.generate_key().decode()),
            "smtp_host": "127.0.0.1",
            "smtp_port": smtp_port,
            "smtp_sender": "Kurve <support@kurve.example>",
            "smtp_starttls": False,
            "database_pool_size": 5,
        }
        return ConnectorSettings(**{**values, **overrides})

    return make


@pytest.fixture(scope="session")
def new_kurve(settings: MakeSettings, urls: LocalUrls) -> NewKurve:
    """`async with new_kurve() as kurve:` runs a connector with a product and queue of its own."""

    @asynccontextmanager
    async def running(**overrides: object) -> AsyncIterator[Kurve]:
        wanted = settings(**overrides)
        ops = bearer(await create_api_key(urls.owner, name="ops", scopes=["ops"]))
        async with (
            serving(lambda _: build(wanted)) as url,
            http_client(url, ops) as client,
        ):
            product = await new_product(client)
            reader = await create_api_key(
                urls.owner, name="reader", scopes=["roster:read"], product=product
            )
            yield Kurve(client, wanted, product, bearer(reader))

    return running


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def new_product(client: httpx.AsyncClient, **given: object) -> str:
    code = f"p{new_id().hex[-12:]}"
    body = {
        "name": "Numo",
        "somtoday_client_id": "numo",
        "somtoday_client_secret": SECRET,
        "required_datavelden": REQUIRED,
        "optional_datavelden": OPTIONAL,
    }
    answer = await client.put(f"/v1/products/{code}", json=body | given)
    assert answer.status_code == 200, answer.text
    return code


@pytest.fixture(scope="session")
async def kurve(new_kurve: NewKurve) -> AsyncIterator[Kurve]:
    """The connector that tests share when its queue does not matter."""
    async with new_kurve() as running:
        yield running


@pytest.fixture
def add_school(new_school: Any, owner: Database, somtoday: Somtoday) -> Any:
    """Give Somtoday a school that no other test knows."""

    async def add(pupils: int = 20) -> School:
        school_id = await new_school()
        async with owner.transaction() as connection:
            found = await connection.execute(
                text("SELECT brin FROM school WHERE id = :id"), {"id": school_id}
            )
            brin = str(found.scalar_one())
        name = f"Waterkant {brin}"
        answer = await somtoday.connect.client.post(
            "/sandbox/schools", json={"naam": name, "brin": brin, "pupils": pupils}
        )
        assert answer.status_code == 201, answer.text
        made = answer.json()
        organisation = somtoday.state.plans[brin].uuid
        return School(school_id, brin, name, organisation, made["vestigingen"])

    return add


@pytest.fixture
async def school(add_school: Any) -> School:
    """A small school with one vestiging."""
    made: School = await add_school()
    return made


@pytest.fixture
def new_inbox() -> Callable[[ConnectorSettings], AbstractAsyncContextManager[Mailbox]]:
    """`async with new_inbox(settings) as box:` runs the mail server that settings name."""

    @asynccontextmanager
    async def running(settings: ConnectorSettings) -> AsyncIterator[Mailbox]:
        box = Mailbox()
        async with receiving(box, settings.smtp_port):
            yield box

    return running
