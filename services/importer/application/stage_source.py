"""Bring a source's whole roster document into the staging table, or fail."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from services.importer.application.bring_file import file_error
from services.importer.application.lease import Lease
from services.importer.application.problem_log import ProblemLog
from services.importer.application.remove_staged import remove_staged
from services.importer.application.stage_file import file_records
from services.importer.domain.normalise import clean_record
from services.importer.domain.run import Phase, Run, Source
from services.importer.sources.connector import ConnectorSource, SourceRefusedError
from services.importer.sources.unreadable import UnreadableFileError
from services.importer.store.file_rows import remove_rows
from services.importer.store.problems import SourceProblem, remove_problems
from services.importer.store.runs import change_run
from services.importer.store.staging import add_lines
from services.importer.store.uploads import remove_file
from shared.clock import now
from shared.errors.codes import ErrorCode
from shared.roster.document import ProblemRecord, Record, Trailer
from shared.roster.ndjson import DocumentReader, IncompleteDocumentError


@dataclass(frozen=True)
class StagingRules:
    """How staging goes about it: seconds of a lease, and records per transaction.

    `problems_kept` is how long rows that could not be read can be looked at.
    """

    lease_seconds: float
    batch_lines: int
    problems_kept: timedelta


class SourceFailedError(Exception):
    """The source gave no complete roster; the import ends with this error."""

    def __init__(self, error: ErrorCode, detail: str | None = None) -> None:
        """Take an error and, where more can be said than it does, a Dutch explanation."""
        super().__init__(error.code)
        self.error = error
        self.detail = detail


async def stage_source(
    lease: Lease,
    run: Run,
    connector: ConnectorSource,
    rules: StagingRules,
    known: str | None = None,
) -> None:
    """Stage the run's roster document from the beginning, with progress.

    Raises:
        UnchangedError: the document's `content` is the one that is known; nothing is staged.
        SourceFailedError: incomplete, unreadable or refused; what was staged is of no use.
        LeaseLostError: another worker has the run now.

    """
    async with lease.transaction() as connection:
        await remove_staged(connection, run.id)
        await remove_problems(connection, run.id)
        begun = {"phase": Phase.FETCH, "done": 0, "total": None}
        await change_run(connection, run.id, begun)
    log = ProblemLog(lease.run_id, lease.school_id)
    is_file = run.source is Source.CSV
    source = _of_file(lease, log, rules) if is_file else _of_connector(connector, run, known)
    # Closed at once when staging stops half-way: the connector must not go on for nobody.
    async with aclosing(source):
        content = await _stage(lease, source, log, rules.batch_lines)
    async with lease.transaction() as connection:
        await remove_file(connection, run.id)
        await remove_rows(connection, run.id)
        told = log.values(now() + rules.problems_kept)
        # From here on the staged document counts as whole, also for the next worker.
        await change_run(
            connection, run.id, {"phase": Phase.COMPARE, "source_content": content, **told}
        )


async def _stage(
    lease: Lease, source: AsyncGenerator[Record], log: ProblemLog, size: int
) -> str | None:
    """Stage every record; returns the `content` of the trailer, which a file has not."""
    batch: list[Record] = []
    done, content = 0, None
    async for record in source:
        if isinstance(record, ProblemRecord):
            log.note(SourceProblem(record.code, record.detail, record.place))
        if isinstance(record, Trailer):
            content = record.content
        else:
            batch.append(clean_record(record))
        if len(batch) >= size:
            done = await _flush(lease, batch, log, done)
    await _flush(lease, batch, log, done)
    return content


async def _flush(lease: Lease, batch: list[Record], log: ProblemLog, done: int) -> int:
    async with lease.transaction() as connection:
        await add_lines(connection, lease.run_id, lease.school_id, done, batch)
        await log.write(connection)
        done += len(batch)
        await change_run(connection, lease.run_id, {"done": done})
    batch.clear()
    return done


async def _of_connector(
    connector: ConnectorSource, run: Run, known: str | None
) -> AsyncGenerator[Record]:
    reader = DocumentReader()
    lines = cast("AsyncGenerator[bytes]", connector.lines(run.school_id, known))
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


async def _of_file(lease: Lease, log: ProblemLog, rules: StagingRules) -> AsyncGenerator[Record]:
    records = file_records(lease, log, rules.batch_lines)
    try:
        async with aclosing(records):
            async for record in records:
                yield record
    except UnreadableFileError as error:
        raise SourceFailedError(file_error(error), str(error)) from None
