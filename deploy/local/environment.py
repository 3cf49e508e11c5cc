"""Everything at once on this machine: servers, schema, three services, workers, and their peers."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx

from deploy.local.configuration import AUDIENCE, Configuration
from deploy.local.database import DatabaseUrls, grant_service_roles, scratch_database
from deploy.local.processes import ROOT, Processes
from deploy.local.servers import servers
from shared.auth.api_keys import create_api_key

_PRODUCT = "numo"
_DATAVELDEN = {
    "required_datavelden": [
        *("uuid", "leerlingnummer", "roepnaam", "voorvoegsel", "achternaam"),
        *("plaatsingen", "lesgroepen"),
    ],
    "optional_datavelden": ["emailadres", "gebruikersnaam", "eckid", "eduPersonRealId"],
}


@dataclass(frozen=True)
class Environment:
    """A running local environment and how to reach it."""

    connector: str
    importer: str
    licensing: str
    sandbox: str
    inbox: str
    identity: str
    databases: DatabaseUrls
    redis_url: str
    ops_key: str
    processes: Processes

    def token(self, sub: str, school: UUID, role: str, person: UUID | None = None) -> str:
        """A Numo user's token, from this environment's own issuer."""
        wanted = {"sub": sub, "school": str(school), "role": role}
        if person is not None:
            wanted["person"] = str(person)
        answer = httpx.post(f"{self.identity}/token", json=wanted)
        answer.raise_for_status()
        return str(answer.json()["access_token"])


@contextmanager
def local_environment(*, durable: bool = False) -> Iterator[Environment]:
    """Run the whole system for as long as the block runs; nothing of it is left afterwards.

    Raises:
        NotReadyError: a process did not start; the message has the end of its log.

    """
    with (
        servers(durable=durable) as found,
        scratch_database(found.postgres_admin, name_prefix="local") as databases,
        Processes() as processes,
    ):
        configuration = Configuration(databases, found.redis)
        _start_peers(processes, configuration)
        _migrate(databases)
        ops_key = asyncio.run(create_api_key(databases.owner, name="ops", scopes=["ops"]))
        _start_services(processes, configuration, ops_key)
        names = ("connector", "importer", "licensing", "sandbox", "inbox", "identity")
        urls = {name: configuration.urls[name] for name in names}
        yield Environment(
            **urls,
            databases=databases,
            redis_url=found.redis,
            ops_key=ops_key,
            processes=processes,
        )


def _start_peers(processes: Processes, configuration: Configuration) -> None:
    port = configuration.port
    _serve(processes, "sandbox", configuration, configuration.sandbox())
    inbox = ("--smtp-port", port("smtp"), "--http-port", port("inbox"))
    processes.start("inbox", "deploy.local.inbox", *inbox, environment={})
    issuer = ("--port", port("identity"), "--audience", AUDIENCE)
    processes.start("identity", "deploy.local.identity", *issuer, environment={})


def _start_services(processes: Processes, configuration: Configuration, ops_key: str) -> None:
    _serve(processes, "connector", configuration, configuration.connector())
    _serve(processes, "licensing", configuration, configuration.licensing())
    _work(processes, "connector", configuration.connector())
    urls = configuration.urls
    processes.wait_until_ready("sandbox", f"{urls['sandbox']}/healthz")
    processes.wait_until_ready("connector", f"{urls['connector']}/readyz")
    _register_product(configuration, ops_key)
    made = create_api_key(
        configuration.databases.owner, name="importer", scopes=["roster:read"], product=_PRODUCT
    )
    settings = configuration.importer(asyncio.run(made))
    _serve(processes, "importer", configuration, settings)
    _work(processes, "importer", settings)
    for name, path in (("inbox", "healthz"), ("identity", "healthz"), ("licensing", "readyz")):
        processes.wait_until_ready(name, f"{urls[name]}/{path}")
    processes.wait_until_ready("importer", f"{urls['importer']}/readyz")


def _serve(
    processes: Processes, service: str, configuration: Configuration, settings: dict[str, str]
) -> None:
    app = (f"services.{service}.app:create_app", "--factory", "--no-access-log")
    place = ("--host", "127.0.0.1", "--port", configuration.port(service))
    processes.start(service, "uvicorn", *app, *place, environment=settings)


def _work(processes: Processes, service: str, settings: dict[str, str]) -> None:
    module = ("arq", f"services.{service}.worker.WorkerSettings")
    processes.start(f"{service}-worker", *module, environment=settings)


def _migrate(databases: DatabaseUrls) -> None:
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    environment = {**os.environ, "DATABASE_URL": databases.owner}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    grant_service_roles(databases)


def _register_product(configuration: Configuration, ops_key: str) -> None:
    product = {
        "name": "Numo",
        "somtoday_client_id": configuration.client_id,
        "somtoday_client_secret": configuration.client_secret,
        **_DATAVELDEN,
    }
    answer = httpx.put(
        f"{configuration.urls['connector']}/v1/products/{_PRODUCT}",
        json=product,
        headers={"Authorization": f"Bearer {ops_key}"},
    )
    answer.raise_for_status()
