"""Bring a source's whole roster document into the staging table, or fail."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from services.importer.application.lease import Lease
from services.importer.domain.normalise import clean_record
from services.importer.domain.run import Phase, Run, Source
from services.importer.sources.connector import ConnectorSource, SourceRefusedError
from services.importer.sources.csv_file import read_csv
from services.importer.sources.encoding import UnreadableFileError
from services.importer.store.runs import change_run, problem_values
from services.importer.store.staging import add_lines, read_file, remove_file, remove_lines
from shared.clock import now
from shared.errors.codes import ErrorCode
from shared.roster.document import ProblemRecord, Record, Trailer
from shared.roster.ndjson import DocumentReader, IncompleteDocumentError

_MOST_PROBLEMS_KEPT = 1000


@dataclass(frozen=True)
class StagingRules:
    """How staging goes about it: seconds of a lease, and records per transaction."""

    lease_seconds: float
    batch_lines: int


class SourceFailedError(Exception):
    """The source gave no complete roster; the import ends with this error."""

    def __init__(self, error: ErrorCode, detail: str | None = None) -> None:
        """Take an error and, where more can be said than it does, a Dutch explanation."""
        super().__init__(error.code)
        self.error = error
        self.detail = detail


async def stage_source(
    lease: Lease, run: Run, connector: ConnectorSource, rules: StagingRules
) -> None:
    """Stage the run's roster document from the beginning, with progress.

    Raises:
        SourceFailedError: incomplete, unreadable or refused; what was staged is of no use.
        LeaseLostError: another worker has the run now.

    """
    async with lease.transaction() as connection:
        await remove_lines(connection, run.id)
        begun = {"phase": Phase.FETCH, "done": 0, "total": None}
        await change_run(connection, run.id, begun)
        content = await read_file(connection, run.id) if run.source is Source.CSV else b""
    is_csv = run.source is Source.CSV
    source = _of_csv(content) if is_csv else _of_connector(connector, run)
    # Closed at once when staging stops half-way: the connector must not go on for nobody.
    async with aclosing(source):
        problems = await _stage(lease, source, rules.batch_lines)
    async with lease.transaction() as connection:
        await remove_file(connection, run.id)
        told = problem_values(problems, _MOST_PROBLEMS_KEPT)
        # From here on the staged document counts as whole, also for the next worker.
        await change_run(connection, run.id, {"phase": Phase.COMPARE, **told})


async def _stage(lease: Lease, source: AsyncGenerator[Record], size: int) -> list[dict[str, Any]]:
    batch: list[Record] = []
    problems: list[dict[str, Any]] = []
    done = 0
    async for record in source:
        if isinstance(record, ProblemRecord):
            problems.append(record.model_dump(include={"code", "detail", "place"}))
        if not isinstance(record, Trailer):
            batch.append(clean_record(record))
        if len(batch) >= size:
            done = await _flush(lease, batch, done)
    await _flush(lease, batch, done)
    return problems


async def _flush(lease: Lease, batch: list[Record], done: int) -> int:
    async with lease.transaction() as connection:
        await add_lines(connection, lease.run_id, lease.school_id, done, batch)
        done += len(batch)
        await change_run(connection, lease.run_id, {"done": done})
    batch.clear()
    return done


async def _of_connector(connector: ConnectorSource, run: Run) -> AsyncGenerator[Record]:
    reader = DocumentReader()
    lines = cast("AsyncGenerator[bytes]", connector.lines(run.school_id))
    try:
        async with aclosing(lines):
            async for line in lines:
                record = reader.read(line)
                if isinstance(record, ProblemRecord) and record.fatal:
                    raise SourceFailedError(_error_of(record.code), record.detail)
                yield record
        reader.finish()
    except SourceRefusedError as refused:
        raise SourceFailedError(_error_of(refused.code)) from None
    except IncompleteDocumentError:
        raise SourceFailedError(ErrorCode.SOURCE_INCOMPLETE) from None


def _error_of(code: str) -> ErrorCode:
    """What a source's code means to a school: one that the connector does not know has none."""
    if code == ErrorCode.NOT_FOUND.code:
        return ErrorCode.KOPPELING_NOT_ACTIVE
    return next((error for error in ErrorCode if error.code == code), ErrorCode.SOURCE_INCOMPLETE)


async def _of_csv(content: bytes) -> AsyncGenerator[Record]:
    try:
        records = await asyncio.to_thread(read_csv, content, now())
    except UnreadableFileError as error:
        raise SourceFailedError(ErrorCode.FILE_NOT_READABLE, str(error)) from None
    for record in records:
        yield record
