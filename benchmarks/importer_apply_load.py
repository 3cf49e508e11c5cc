"""What is applied: a school of pupils, and the plan of a source that adds, changes and lacks some.

Everything is made by the importer itself, so the plan's rows are what a real import writes.
"""

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from uuid import UUID

import psycopg
from pydantic import SecretStr

from deploy.local.database import DatabaseUrls, grant_service_roles
from deploy.local.processes import ROOT
from deploy.local.programs import inherited
from services.importer.application.lease import Lease
from services.importer.application.write_plan import Told, sealed, write_plan
from services.importer.domain.diff import diff
from services.importer.domain.guard_rails import GuardRails
from services.importer.domain.roster import Document
from services.importer.domain.run import Chosen, Phase, Run, RunState, Source
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.leases import claim
from services.importer.store.roster import bump_version, read_roster
from services.importer.store.runs import find_run, insert_run, move_run
from shared.clock import now
from shared.database import Database
from shared.ids import new_id
from shared.roster.document import Header, PersonRecord, PersonRole

_LEASE_SECONDS = 3600.0
# No common divisor, so that nobody is called as somebody else.
_GIVEN, _FAMILY = 401, 3_000


@dataclass(frozen=True)
class Load:
    """How many pupils a plan adds, changes and archives."""

    adds: int
    updates: int
    archives: int


@dataclass(frozen=True)
class Applying:
    """A run at VERDER, in a database that holds nothing else."""

    databases: DatabaseUrls
    school_id: UUID
    run_id: UUID


def prepare(databases: DatabaseUrls, load: Load) -> Applying:
    """Migrate, import the school, plan its next import, and press VERDER."""
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=ROOT,
        env={**inherited(), "DATABASE_URL": databases.owner},
        capture_output=True,
        check=True,
    )
    grant_service_roles(databases)
    school_id = new_id()
    with psycopg.connect(databases.owner, autocommit=True) as owner:
        owner.execute("INSERT INTO school (id, brin, name) VALUES (%s, '99ZX', 'x')", [school_id])
        run_id = asyncio.run(_plans(databases, school_id, load))
        owner.execute("VACUUM (ANALYZE)")
    return Applying(databases, school_id, run_id)


def importer_database(databases: DatabaseUrls) -> Database:
    """The database with the importer's role, which row-level security holds for."""
    url = databases.importer.replace("postgresql://", "postgresql+psycopg://", 1)
    return Database(SecretStr(url), pool_size=2)


async def _plans(databases: DatabaseUrls, school_id: UUID, load: Load) -> UUID:
    database = importer_database(databases)
    there = range(load.updates + load.archives)
    begun = await _planned(database, school_id, [_pupil(at) for at in there])
    async with database.transaction(school_id) as connection:
        await move_run(connection, begun, RunState.APPLYING, {})
        await apply_chosen(connection, begun)
        await bump_version(connection, school_id)
        await move_run(connection, begun, RunState.APPLIED, {})
    coming = range(len(there), len(there) + load.adds)
    people = [_pupil(at, moved_up=1) for at in range(load.updates)] + [_pupil(at) for at in coming]
    run_id = await _planned(database, school_id, people)
    async with database.transaction(school_id) as connection:
        await move_run(connection, run_id, RunState.APPLYING, {"phase": Phase.APPLY})
    await database.close()
    return run_id


async def _planned(database: Database, school_id: UUID, people: list[PersonRecord]) -> UUID:
    run = Run(new_id(), school_id, Source.SOMTODAY, RunState.REQUESTED, now())
    run = Run(**{**run.__dict__, "choice": Chosen(add=True, update=True, archive=True)})
    lease = Lease(database, run.id, school_id, new_id())
    async with database.transaction(school_id) as connection:
        await insert_run(connection, run, requested_by="bench", lease_until=now())
        states = [RunState.REQUESTED.value]
        await claim(connection, run.id, lease.token, states, _LEASE_SECONDS)
        roster = await read_roster(connection, school_id)
        found = await find_run(connection, run.id)
    header = Header(
        source="somtoday", schooljaar="2026-2027", fetched_at=now(), complete_for=("pupil",)
    )
    document = Document(header, people)
    assert found is not None  # noqa: S101 - it was inserted just now
    plan = sealed(roster, diff(roster, document), GuardRails())
    await write_plan(lease, found, plan, Told(), now())
    return run.id


def _pupil(at: int, moved_up: int = 0) -> PersonRecord:
    """A pupil with all that a school may permit; who moved up has another leerjaar and e-mail."""
    key = f"{at:08x}-0000-4000-8000-{at:012x}"
    fields = {
        "pupil_number": str(100_000 + at),
        "given_name": f"Roepnaam{at % _GIVEN}",
        "prefix": None if at % 3 else "van der",
        "family_name": f"Achternaam{at % _FAMILY}",
        "email": f"{at}@{'nieuw' if moved_up else 'leerling'}.example",
        "username": f"u{at}",
        "eck_id": f"https://ketenid.nl/pilot/{at:0128x}",
        "real_id": f"{at}@leerling.example",
        "leerjaar": str(at % 5 + 1 + moved_up),
        "onderwijssoort": "VWO",
        "vestiging_code": f"99ZX{at % 20:02d}",
    }
    return PersonRecord(key=key, ref=key, role=PersonRole.PUPIL, fields=fields)
