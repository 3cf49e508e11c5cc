"""Where licensing is measured: a durable Postgres, the service, its worker, schools and pupils.

Pupils and schools have numbers for ids, so that pgbench can name them too.
"""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from uuid import UUID

import jwt
import psycopg
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.local.database import DatabaseUrls, grant_service_roles, scratch_database
from deploy.local.processes import ROOT, Processes
from deploy.local.programs import free_port, inherited
from deploy.local.redis import has_key
from deploy.local.servers import servers
from shared.auth.api_keys import create_api_key
from shared.clock import Schooljaar, now

PRODUCT = "numo-rekenen"
_TOKEN_SECONDS = 7200
_QUIET = ("--factory", "--no-access-log", "--log-level", "warning", "--host", "127.0.0.1")
_PRODUCTS = f"""
    INSERT INTO product VALUES ('numo', 'Numo', 'id', 'x', '{{}}', '{{}}');
    INSERT INTO license_product VALUES ('{PRODUCT}', 'Numo rekenen', 'numo', 'rekenen');
"""
_SCHOOLS = """
    INSERT INTO school (id, brin, name)
    SELECT bench_id(1, n), lpad((n %% 100)::text, 2, '0') || chr(65 + n / 100 %% 26)
        || chr(65 + n / 2600), 'School' FROM generate_series(0, %(schools)s - 1) n;
"""
_POOLS = """
    INSERT INTO license_pool (id, school_id, license_product, schooljaar)
    SELECT bench_id(3, n), bench_id(1, n), %(product)s, %(year)s
    FROM generate_series(0, %(schools)s - 1) n;
    INSERT INTO license_entry (id, school_id, pool_id, kind, amount, actor, reason)
    SELECT gen_random_uuid(), bench_id(1, n), bench_id(3, n), 'grant', %(licenses)s, 'x', 'x'
    FROM generate_series(0, %(schools)s - 1) n;
"""
_PUPILS = """
    INSERT INTO person (id, school_id, role)
    SELECT bench_id(2, n), bench_id(1, n %% %(schools)s), 'pupil'
    FROM generate_series(0, %(pupils)s - 1) n;
"""
_IDS = """
    CREATE FUNCTION bench_id(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT ('0000000' || kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
"""


def school_id(number: int) -> UUID:
    """The id of a school."""
    return UUID(int=(1 << 96) + (7 << 76) + (8 << 60) + number)


def pupil_id(number: int) -> UUID:
    """The id of a pupil, whose school is its number modulo the number of schools."""
    return UUID(int=(2 << 96) + (7 << 76) + (8 << 60) + number)


class Issuer:
    """Numo's part: it signs tokens with RS256 and shows its key."""

    def __init__(self) -> None:
        """Make a key."""
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        keys = json.dumps({"keys": [{**public, "kid": "k", "use": "sig", "alg": "RS256"}]})

        class Keys(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(keys)))
                self.end_headers()
                self.wfile.write(keys.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Answer."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()

    def token(self, school: UUID, person: UUID) -> str:
        """A pupil's token."""
        moment = int(time.time())
        claims = {
            "iss": self.url,
            "aud": "numo",
            "iat": moment,
            "exp": moment + _TOKEN_SECONDS,
            "sub": str(person),
            "school": str(school),
            "role": "leerling",
            "person": str(person),
        }
        return jwt.encode(claims, self._key, "RS256", headers={"kid": "k"})


@dataclass
class Stage:
    """Licensing running, with `schools` schools."""

    databases: DatabaseUrls
    processes: Processes
    issuer: Issuer
    port: int
    settings: dict[str, str]
    schools: int

    def query(self, statement: str, values: Any = None) -> list[tuple[Any, ...]]:  # noqa: ANN401
        """Ask as the owner, who sees all."""
        with psycopg.connect(self.databases.owner, autocommit=True) as connection:
            # Psycopg takes one statement at a time when it has values.
            parts = statement.split(";\n") if values is not None else [statement]
            cursor = connection.cursor()
            for part in filter(str.strip, parts):
                cursor.execute(part.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def key(self) -> str:
        """An API key of Numo's own back end."""
        wanted = {"name": "numo", "scopes": ["licenses:use"], "product": "numo"}
        return asyncio.run(create_api_key(self.databases.owner, **wanted))  # type: ignore[arg-type]

    def serve(self, name: str, app: str) -> int:
        """Run another app with licensing's settings; returns its port."""
        port = free_port()
        self.processes.start(
            name, "uvicorn", app, *_QUIET, "--port", str(port), environment=self.settings
        )
        self.processes.wait_until_ready(name, f"http://127.0.0.1:{port}/readyz")
        return port


@contextmanager
def stage(*, schools: int, pupils: int, licenses: int) -> Iterator[Stage]:
    """Schools with pupils and licenses, on a Postgres that waits for the disk."""
    with (
        Issuer() as issuer,
        servers(durable=True) as found,
        scratch_database(found.postgres_admin, name_prefix="bench") as databases,
        Processes() as processes,
    ):
        environment = {**inherited(), "DATABASE_URL": databases.owner}
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603
        grant_service_roles(databases)
        settings = {
            "DATABASE_URL": databases.licensing,
            "REDIS_URL": found.redis,
            "REDIS_NAMESPACE": f"bench-{free_port()}",
            "OIDC_ISSUER": issuer.url,
            "OIDC_AUDIENCE": "numo",
            "OIDC_JWKS_URL": f"{issuer.url}/jwks",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            # Nothing is mailed: no school has named a contact.
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(free_port()),
            "SMTP_SENDER": "Kurve <support@kurve.example>",
        }
        settings = {f"LICENSING_{name}": value for name, value in settings.items()}
        made = Stage(databases, processes, issuer, 0, settings, schools)
        _fill(made, pupils, licenses)
        made.port = made.serve("licensing", "services.licensing.app:create_app")
        processes.start(
            "licensing-worker",
            "arq",
            "services.licensing.worker.WorkerSettings",
            environment=settings,
        )
        # Its start must not be measured with what follows.
        beat = f"{settings['LICENSING_REDIS_NAMESPACE']}:licensing:queue:health"
        processes.wait_until_ready("licensing-worker", partial(has_key, found.redis, beat))
        yield made


def _fill(made: Stage, pupils: int, licenses: int) -> None:
    year = str(Schooljaar.of(now()))
    facts = {"schools": made.schools, "pupils": pupils, "licenses": licenses}
    facts |= {"year": year, "product": PRODUCT}  # type: ignore[dict-item]
    made.query(_IDS)
    made.query(_PRODUCTS)
    for statement in (_SCHOOLS, _POOLS, _PUPILS):
        made.query(statement, facts)
    made.query("ANALYZE")
