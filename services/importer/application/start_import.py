"""Begin an import: one per school at a time."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.run import Run, RunState, Source
from services.importer.sources.encoding import UnreadableFileError, check_is_text
from services.importer.store.runs import cancel_plan, insert_run
from services.importer.store.staging import add_file
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import first_answer
from shared.ids import new_id
from shared.queue import JobQueue

PREPARE_JOB = "prepare_import"
_SERVICE = "importer"
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True)
class ImportOrder:
    """Who wants an import of which school."""

    school_id: UUID
    caller: str
    idempotency_key: str | None = None


async def start_import(
    database: Database,
    queue: JobQueue,
    lease_seconds: float,
    order: ImportOrder,
    file: BinaryIO | None = None,
) -> Run:
    """Begin an import from Somtoday, or from a CSV file when one is given.

    A plan that nobody applied is given up. A repeat with the same idempotency key returns the
    import as it was first answered.

    Raises:
        Refusal: import_running, file_not_readable, not_found (no such school),
            idempotency_key_reused.

    """
    source = Source.SOMTODAY if file is None else Source.CSV
    request = {"source": source, "school": order.school_id, "file": _fingerprint(file)}

    async def begin() -> dict[str, Any]:
        run = Run(new_id(), order.school_id, source, RunState.REQUESTED, now())
        await _begin(connection, run, order.caller, lease_seconds, file)
        return {"id": str(run.id), "requested_at": run.requested_at.isoformat()}

    try:
        async with database.transaction(order.school_id) as connection:
            answer = await first_answer(
                connection,
                service=_SERVICE,
                caller=order.caller,
                key=order.idempotency_key,
                request=request,
                act=begin,
            )
    except IntegrityError:
        # The one thing that a new run refers to is its school.
        raise Refusal(ErrorCode.NOT_FOUND) from None
    run_id, requested_at = UUID(answer["id"]), datetime.fromisoformat(answer["requested_at"])
    await queue.enqueue(
        PREPARE_JOB, str(run_id), str(order.school_id), attempt=f"{PREPARE_JOB}:{run_id}:0"
    )
    return Run(run_id, order.school_id, source, RunState.REQUESTED, requested_at)


def _fingerprint(file: BinaryIO | None) -> str | None:
    if file is None:
        return None
    digest = _digest_of(file)
    file.seek(0)
    try:
        check_is_text(file.read(_PIECE_BYTES))
    except UnreadableFileError as error:
        raise Refusal(ErrorCode.FILE_NOT_READABLE, detail=str(error)) from None
    file.seek(0)
    return digest


def _digest_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()


async def _begin(
    connection: AsyncConnection, run: Run, caller: str, lease_seconds: float, file: BinaryIO | None
) -> None:
    await cancel_plan(connection, run.school_id)
    # Until then the queue is trusted to hold the job; after it the sweeper asks again.
    trusted_until = now() + timedelta(seconds=lease_seconds)
    if not await insert_run(connection, run, requested_by=caller, lease_until=trusted_until):
        raise Refusal(ErrorCode.IMPORT_RUNNING)
    if file is not None:
        await add_file(connection, run.id, run.school_id, _pieces(file))


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := file.read(_PIECE_BYTES):
        yield piece
