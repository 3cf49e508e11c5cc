"""The importer's real app and worker: in the test's process, or a worker as a process."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from arq.worker import Worker, func
from pydantic import SecretStr

from services.importer.settings import ImporterSettings
from services.importer.worker import build_worker
from shared.ids import new_id
from tests.fixtures.callers import Issuer
from tests.fixtures.environments import as_environment
from tests.fixtures.servers import ROOT, LocalUrls
from tests.fixtures.workers import at_work

KEY = "kpl_only-the-test-source-hears-it"


def importer_settings(
    urls: LocalUrls, issuer: Issuer, source_url: str, **overrides: Any
) -> ImporterSettings:
    """Settings with a queue of their own, and a sweeper that does not keep a test waiting."""
    values: dict[str, Any] = {
        "database_url": SecretStr(urls.importer),
        "redis_url": SecretStr(urls.redis),
        "redis_namespace": f"test-{new_id()}",
        "oidc_issuer": issuer.url,
        "oidc_audience": issuer.audience,
        "oidc_jwks_url": f"{issuer.url}/jwks",
        "log_level": "WARNING",
        "connector_url": source_url,
        "connector_api_key": SecretStr(KEY),
        "sweep_seconds": 1,
        "event_poll_seconds": 0.02,
        "stage_batch_lines": 8,
        # A test that wants a proof asks for it.
        "reconcile_from_hour": 24,
    }
    return ImporterSettings(**{**values, **overrides})


@asynccontextmanager
async def worker_here(
    settings: ImporterSettings, job_seconds: float | None = None
) -> AsyncIterator[Worker]:
    """Run the worker inside the test process; a job that is asked for may take so many seconds."""
    prompt = {**build_worker(settings), "handle_signals": False, "poll_delay": 0.02}
    if job_seconds is not None:
        prompt["functions"] = [func(job, timeout=job_seconds) for job in prompt["functions"]]
    async with at_work(Worker(**prompt)) as worker:
        yield worker


@contextmanager
def worker_process(settings: ImporterSettings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the worker as a process of its own, which writes to a log; killed at the end."""
    environment = {**os.environ, **as_environment(settings, "IMPORTER_")}
    command = [sys.executable, "-m", "arq", "services.importer.worker.WorkerSettings"]
    with log.open("ab") as written:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=written, stderr=written
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
