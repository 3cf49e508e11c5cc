"""Everything at once on this machine: servers, schema, services, workers, and their peers."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import httpx

from deploy.local.configuration import AUDIENCE, Configuration
from deploy.local.database import DatabaseUrls, grant_service_roles, scratch_database
from deploy.local.interruption import interruptible, raise_if_told, stopped_as_interrupted
from deploy.local.plain_http import NO_AUTHORITIES
from deploy.local.processes import ROOT, Processes
from deploy.local.programs import NotReadyError, inherited
from deploy.local.redis import forget, has_key
from deploy.local.servers import servers
from shared.auth.api_keys import create_api_key

_PRODUCT = "numo"
_SERVICES = ("connector", "importer", "licensing")
_WORKERS = ("connector", "importer", "licensing")
_PEERS = ("sandbox", "inbox", "identity")
_DATAVELDEN = {
    "required_datavelden": [
        *("uuid", "leerlingnummer", "afkorting", "roepnaam", "voorvoegsel", "achternaam"),
        *("plaatsingen", "lesgroepen"),
    ],
    "optional_datavelden": ["emailadres", "gebruikersnaam", "eckid", "eduPersonRealId"],
}


@dataclass(frozen=True)
class Environment:
    """A running local environment and how to reach it.

    `somtoday_client` is the id and secret with which the connector reads the sandbox.
    """

    connector: str
    importer: str
    licensing: str
    sandbox: str
    inbox: str
    identity: str
    databases: DatabaseUrls
    redis_url: str
    ops_key: str
    somtoday_client: tuple[str, str]
    processes: Processes

    def variables(self) -> dict[str, str]:
        """What a shell needs to call it: as `koppeling` and the pages of examples have it."""
        urls = {
            f"KOPPELING_{name.upper()}_URL": getattr(self, name) for name in (*_SERVICES, *_PEERS)
        }
        client_id, client_secret = self.somtoday_client
        return {
            **urls,
            "KOPPELING_API_KEY": self.ops_key,
            "KOPPELING_SANDBOX_CLIENT_ID": client_id,
            "KOPPELING_SANDBOX_CLIENT_SECRET": client_secret,
        }

    def token(
        self, sub: str, school: UUID | str, role: str, person: UUID | str | None = None
    ) -> str:
        """A Numo user's token, from this environment's own issuer."""
        wanted = {"sub": sub, "school": str(school), "role": role}
        if person is not None:
            wanted["person"] = str(person)
        url = f"{self.identity}/token"
        answer = httpx.post(url, json=wanted, verify=NO_AUTHORITIES, trust_env=False)
        answer.raise_for_status()
        return str(answer.json()["access_token"])


@contextmanager
def local_environment(
    *,
    durable: bool = False,
    schools: str | None = None,
    calls_per_second: int | None = None,
    proves_rosters: bool = True,
) -> Iterator[Environment]:
    """Run the whole system for as long as the block runs; nothing of it is left afterwards.

    `durable` lets Postgres wait for the disk, as production does. `schools` is how many pupils
    the sandbox's small, medium and large school have, as "30,300,2500". `calls_per_second` is the
    connector's pace, when not its own. Without `proves_rosters` the importer's workers never do
    their daily proof. Enter it in the main thread: on Linux a child ends with the thread that
    began it.

    Raises:
        NotReadyError: a part did not start; the message has the end of its log.
        KeyboardInterrupt: we were told to stop (Ctrl-C, SIGTERM, SIGHUP).

    """
    with (
        stopped_as_interrupted(),
        servers(durable=durable) as found,
        scratch_database(found.postgres_admin, name_prefix="local") as databases,
    ):
        configuration = Configuration(
            databases,
            found.redis,
            schools=schools,
            calls_per_second=calls_per_second,
            proves_rosters=proves_rosters,
        )
        try:
            with Processes() as processes:
                ops_key = _start(processes, configuration)
                environment = _environment(processes, configuration, ops_key)
                with interruptible():
                    yield environment
        finally:
            forget(found.redis, configuration.namespace)


def _environment(processes: Processes, configuration: Configuration, ops_key: str) -> Environment:
    return Environment(
        **{name: configuration.urls[name] for name in (*_SERVICES, *_PEERS)},
        databases=configuration.databases,
        redis_url=configuration.redis_url,
        ops_key=ops_key,
        somtoday_client=(configuration.client_id, configuration.client_secret),
        processes=processes,
    )


def _start(processes: Processes, configuration: Configuration) -> str:
    """Start every process, as much as possible at once; returns the key of ops."""
    owner = configuration.databases.owner
    _start_peers(processes, configuration)
    _migrate(configuration.databases)
    # One key for all that docs/api.md does; a real Numo has one of its own to resolve logins.
    scopes = ["ops", "identities:resolve"]
    ops_key = asyncio.run(create_api_key(owner, name="ops", scopes=scopes))
    _start_service(processes, "connector", configuration, configuration.connector())
    _start_service(processes, "licensing", configuration, configuration.licensing())
    processes.wait_until_ready("connector", f"{configuration.urls['connector']}/readyz")
    _register_product(processes, configuration, ops_key)
    # A key that is limited to a product refers to it, so the importer comes after it.
    key = create_api_key(owner, name="importer", scopes=["roster:read"], product=_PRODUCT)
    _start_service(processes, "importer", configuration, configuration.importer(asyncio.run(key)))
    _wait(processes, configuration)
    return ops_key


def _wait(processes: Processes, configuration: Configuration) -> None:
    for name in _PEERS:
        processes.wait_until_ready(name, f"{configuration.urls[name]}/healthz")
    for name in _SERVICES:
        processes.wait_until_ready(name, f"{configuration.urls[name]}/readyz")
    for name in _WORKERS:
        beats = partial(has_key, configuration.redis_url, configuration.worker_heartbeat(name))
        processes.wait_until_ready(f"{name}-worker", beats)


def _start_peers(processes: Processes, configuration: Configuration) -> None:
    port = configuration.port
    _serve(processes, "sandbox", configuration, configuration.sandbox())
    inbox = ("--smtp-port", port("smtp"), "--http-port", port("inbox"))
    processes.start("inbox", "deploy.local.inbox", *inbox, environment={})
    issuer = ("--port", port("identity"), "--audience", AUDIENCE)
    processes.start("identity", "deploy.local.identity", *issuer, environment={})


def _start_service(
    processes: Processes, name: str, configuration: Configuration, settings: dict[str, str]
) -> None:
    _serve(processes, name, configuration, settings)
    if name in _WORKERS:
        worker = f"services.{name}.worker.WorkerSettings"
        processes.start(f"{name}-worker", "arq", worker, environment=settings)


def _serve(
    processes: Processes, service: str, configuration: Configuration, settings: dict[str, str]
) -> None:
    app = (f"services.{service}.app:create_app", "--factory", "--no-access-log")
    # An open event stream would hold the end up for as long as its reader stays.
    quiet = ("--log-level", "warning", "--timeout-graceful-shutdown", "2")
    place = ("--host", "127.0.0.1", "--port", configuration.port(service))
    processes.start(service, "uvicorn", *app, *quiet, *place, environment=settings)


def _migrate(databases: DatabaseUrls) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=ROOT,
        env={**inherited(), "DATABASE_URL": databases.owner},
        capture_output=True,
        text=True,
        check=False,
    )
    # Ctrl-C at a terminal reaches it too, and then it fails.
    raise_if_told()
    if done.returncode != 0:
        msg = f"the migrations failed:\n{done.stderr[-4000:]}"
        raise NotReadyError(msg)
    grant_service_roles(databases)


def _register_product(processes: Processes, configuration: Configuration, ops_key: str) -> None:
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
        verify=NO_AUTHORITIES,
        trust_env=False,
    )
    if not answer.is_success:
        log = processes.log_of("connector")
        msg = f"the connector refused the product: {answer.status_code} {answer.text}\n{log}"
        raise NotReadyError(msg)
