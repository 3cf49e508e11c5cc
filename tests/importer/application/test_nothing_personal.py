"""No name, number or key of a person reaches a log or Redis."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from pydantic import SecretStr

from deploy.local.programs import free_port
from deploy.local.redis import embedded_redis
from services.importer.settings import ImporterSettings
from shared.roster.document import ProblemRecord
from tests.fixtures.callers import Issuer, settle
from tests.fixtures.environments import as_environment
from tests.fixtures.http import http_client
from tests.fixtures.servers import ROOT, LocalUrls
from tests.importer.desk import Desk
from tests.importer.rosters import H3A, document, member, pupil
from tests.importer.running import KEY, importer_settings, worker_process
from tests.importer.source import Answer, RosterSource

PERSON = pupil("8675309", "Xanthippe", "Quackelbeen", email="xq@zonderling.example", eck_id="eck77")
SECRETS = ("8675309", "xanthippe", "quackelbeen", "zonderling", "eck77", KEY)


@contextmanager
def _service(settings: ImporterSettings, log: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "services.importer.app:create_app", "--factory"]
    environment = {**os.environ, **as_environment(settings, "IMPORTER_")}
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--log-level", "debug"],
            cwd=ROOT,
            env=environment,
            stdout=written,
            stderr=written,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


async def _everything_that_redis_hears(url: str, heard: bytearray) -> None:
    """Every command of every client (Redis command MONITOR)."""
    found = urlsplit(url)
    reader, writer = await asyncio.open_connection(found.hostname, found.port)
    try:
        writer.write(f"AUTH {found.password}\r\nMONITOR\r\n".encode())
        while piece := await reader.read(65536):
            heard += piece
    finally:
        writer.close()


async def _ready(url: str) -> bool:
    async with http_client(url, {}) as client:
        try:
            return (await client.get("/readyz")).status_code == 200
        except httpx.HTTPError:
            return False


def _events(log: Path) -> list[str]:
    """What each line says; every one is an object that names its service."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["service"] for line in lines} == {"importer"}
    return [line["event"] for line in lines]


async def test_no_personal_data_in_logs_or_redis_even_when_work_fails(
    urls: LocalUrls,
    issuer: Issuer,
    source: tuple[str, RosterSource],
    new_school: Callable[[], Awaitable[UUID]],
    tmp_path: Path,
) -> None:
    heard = bytearray()
    worker_log, service_log = tmp_path / "worker.log", tmp_path / "service.log"
    school_id = await new_school()
    headers = await issuer.headers(school=school_id)
    with embedded_redis() as redis_url:
        listening = asyncio.create_task(_everything_that_redis_hears(redis_url, heard))
        settings = importer_settings(
            urls,
            issuer,
            source[0],
            redis_url=SecretStr(redis_url),
            log_level="DEBUG",
            lease_seconds=0.5,
            most_claims=1,
        )
        with (
            _service(settings, service_log) as url,
            worker_process(settings, worker_log),
        ):
            await settle(lambda: _ready(url))
            async with http_client(url, headers) as client:
                await _import_twice(Desk(school_id, client, source[1]))
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    logs = service_log.read_bytes() + worker_log.read_bytes()
    assert b"import_given_up" in logs
    assert "Application startup complete." in _events(service_log)
    _has_told_once(_events(worker_log))
    assert b"prepare_import" in heard
    assert b"apply_import" in heard
    for secret in (*SECRETS, headers["Authorization"].split()[1]):
        assert secret.encode() not in logs.lower() + logs, secret
        assert secret.encode() not in heard.lower() + heard, secret


def _has_told_once(by_worker: list[str]) -> None:
    assert "worker_started" in by_worker
    assert by_worker.count("job_failed") == 1
    assert not [told for told in by_worker if "NamelessError" in told], "the same thing twice"


async def _import_twice(desk: Desk) -> None:
    """Once well; once so that Postgres refuses a row and tells all about it."""
    await desk.bring([PERSON, H3A, member(PERSON, H3A)])
    assert set(await desk.people()) == {"Xanthippe"}
    refused_by_postgres = ProblemRecord(
        code="value_invalid", detail="Xanthippe\0", place="leerling"
    )
    desk.source.say(desk.school_id, Answer(document([PERSON, refused_by_postgres])))
    failed = await desk.rested(await desk.begin())
    assert (failed["state"], failed["problem"]) == ("failed", "internal_error")
