"""The nightly proof: what it adds to an import, and what it costs, also when nothing changed.

The limit is the comparison itself: the time from a staged document to its plan.
"""

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text

from benchmarks.report import Row
from deploy.local.database import DatabaseUrls, grant_service_roles, scratch_database
from deploy.local.processes import ROOT
from deploy.local.programs import inherited
from deploy.local.servers import servers
from services.importer.application.apply_import import apply_import
from services.importer.application.compute_plan import compute_plan
from services.importer.application.lease import claimed_run
from services.importer.application.prove_rosters import prove_roster
from services.importer.domain.run import PREPARING, Run, RunState, Source
from services.importer.settings import ImporterSettings
from services.importer.store.baseline_content import pack
from services.importer.store.runs import insert_run, move_run
from services.importer.store.staging import add_lines
from shared.clock import now, today
from shared.collector import let_schools_pass
from shared.database import Database
from shared.ids import new_id
from shared.queue import JobQueue
from shared.roster.document import (
    GroupKind,
    GroupRecord,
    Header,
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
    Record,
)
from shared.telemetry import configure_logging

_SCHOOLS, _PUPILS, _GROUPS, _EACH = 20, 1000, 60, 10
_SECONDS = 600.0
_KINDS = ("pupil", "employee", "stamgroep", "lesgroep")
_SCHOOL = text("INSERT INTO school (id, brin, name) VALUES (:id, :brin, 'School')")
_SIZE = text("SELECT length(content) FROM source_baseline")
_COUNTRY = 1000


@dataclass
class _Spent:
    """Seconds of each school: the middle of twenty, as a checkpoint or a neighbour hits a few."""

    plan: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    stands: list[float] = field(default_factory=list)


def measure() -> list[Row]:
    """Twenty schools of 1,000 pupils: a first import, an unchanged one, and three nights."""
    with (
        servers(durable=True) as found,
        scratch_database(found.postgres_admin, name_prefix="bench") as urls,
    ):
        environment = {**inherited(), "DATABASE_URL": urls.owner}
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603
        grant_service_roles(urls)
        return asyncio.run(_measured(urls, found.redis))


async def _measured(urls: DatabaseUrls, redis: str) -> list[Row]:
    database, owner = _database(urls.importer), _database(urls.owner)
    given: dict[str, Any] = {
        **dict.fromkeys(("oidc_issuer", "oidc_jwks_url", "connector_url"), "http://127.0.0.1"),
        "oidc_audience": "bench",
        "connector_api_key": SecretStr("bench"),
    }
    settings = ImporterSettings(
        database_url=SecretStr(urls.importer), redis_url=SecretStr(redis), **given
    )
    configure_logging("importer", "ERROR")
    let_schools_pass()
    queue = JobQueue(settings, "importer")
    schools = [await _school(owner, number) for number in range(_SCHOOLS)]
    records, spent = _records(), _Spent()
    for school_id in schools:
        run_id, _ = await _planned(database, school_id, records)
        await _applied(database, queue, school_id, run_id)
        _, seconds = await _planned(database, school_id, records)
        spent.plan.append(seconds)
        # At once, so that whatever else the machine does weighs on both alike.
        spent.first.append(await _night(database, school_id, 0))
    for days in (1, 2):
        for school_id in schools:
            spent.stands.append(await _night(database, school_id, days))
    async with database.transaction(schools[0]) as connection:
        size = (
            await connection.execute(text("SELECT length(content) FROM source_baseline"))
        ).scalar()
    await queue.close()
    for opened in (database, owner):
        await opened.close()
    return _rows(spent, _packing(records), size or 0)


def _rows(spent: _Spent, packing: float, size: int) -> list[Row]:
    plan, first, stands = map(median, (spent.plan, spent.first, spent.stands))
    ratio = median(proof / plan for proof, plan in zip(spent.first, spent.plan, strict=True))
    return [
        Row("an unchanged import: from staged to plan", plan * 1000, "ms"),
        Row("of which keeping what was said", packing * 1000, "ms"),
        Row("keeping what was said against the plan", packing / plan, "ratio", 0.1, at_least=False),
        Row("what is kept of a school", size / 1024, "KiB"),
        Row("a proof that compares everything", first * 1000, "ms"),
        Row("that proof against the plan", ratio, "ratio", 1.2, at_least=False),
        Row("a proof that still stands", stands * 1000, "ms"),
        Row("1,000 schools, all compared, one worker", first * _COUNTRY, "s"),
        Row("1,000 schools, nothing changed, one worker", stands * _COUNTRY, "s"),
    ]


def _database(url: str) -> Database:
    return Database(SecretStr(f"postgresql+psycopg{url.removeprefix('postgresql')}"), 2)


async def _school(owner: Database, number: int) -> UUID:
    school_id = new_id()
    async with owner.transaction() as connection:
        await connection.execute(_SCHOOL, {"id": school_id, "brin": f"{number:02d}ZZ"})
    return school_id


def _records() -> list[Record]:
    """A school of 1,000 pupils, each in ten groups."""
    header = Header(
        source="somtoday", schooljaar="2026-2027", fetched_at=now(), complete_for=_KINDS
    )
    people = [
        PersonRecord(
            key=str(new_id()),
            ref=f"p{number}",
            role=PersonRole.PUPIL,
            fields={
                "pupil_number": str(100_000 + number),
                "given_name": f"Roepnaam{number}",
                "family_name": f"Achternaam{number % 300}",
                "email": f"{number}@school.example",
                "leerjaar": str(number % 6 + 1),
                "vestiging_code": "99ZZ00",
            },
        )
        for number in range(_PUPILS)
    ]
    groups = [
        GroupRecord(
            key=str(new_id()),
            ref=f"g{number}",
            group_kind=GroupKind.LESGROEP,
            fields={"name": f"groep {number}"},
        )
        for number in range(_GROUPS)
    ]
    members = [
        MembershipRecord(
            person=f"p{number}", group=f"g{(number + step) % _GROUPS}", role=MemberRole.PUPIL
        )
        for number in range(_PUPILS)
        for step in range(_EACH)
    ]
    return [header, *people, *groups, *members]


async def _planned(
    database: Database, school_id: UUID, records: list[Record]
) -> tuple[UUID, float]:
    run = Run(new_id(), school_id, Source.SOMTODAY, RunState.REQUESTED, now())
    async with database.transaction(school_id) as connection:
        await insert_run(connection, run, requested_by="bench", lease_until=now())
        await add_lines(connection, run.id, school_id, 0, records)
    async with claimed_run(database, run.id, school_id, PREPARING, _SECONDS) as lease:
        assert lease is not None  # noqa: S101 - nobody else works here
        began = time.perf_counter()
        await compute_plan(lease, timedelta(days=1))
        return run.id, time.perf_counter() - began


async def _applied(database: Database, queue: JobQueue, school_id: UUID, run_id: UUID) -> None:
    async with database.transaction(school_id) as connection:
        await move_run(connection, run_id, RunState.APPLYING, {"lease_until": now()})
    await apply_import(database, queue, _SECONDS, run_id, school_id)


async def _night(database: Database, school_id: UUID, days: int) -> float:
    began = time.perf_counter()
    await prove_roster(database, school_id, today() + timedelta(days=days))
    return time.perf_counter() - began


def _packing(records: list[Record]) -> float:
    header, *rest = records
    assert isinstance(header, Header)  # noqa: S101 - made so above
    lines = [record.model_dump_json() for record in rest]
    began = time.perf_counter()
    for _ in range(_SCHOOLS):
        pack(header, lines, [])
    return (time.perf_counter() - began) / _SCHOOLS
