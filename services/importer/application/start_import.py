"""Begin an import: one per school at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.bring_file import BroughtFile
from services.importer.domain.run import Run, RunState, Source
from services.importer.store.runs import cancel_plan, find_run, insert_run
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import first_answer
from shared.ids import new_id
from shared.queue import JobQueue

PREPARE_JOB = "prepare_import"
_REPLACED = "Iemand is een nieuwe import begonnen; die vervangt deze."


@dataclass(frozen=True)
class ImportOrder:
    """Who wants an import of which school."""

    school_id: UUID
    caller: str
    idempotency_key: str | None = None


async def once(
    connection: AsyncConnection,
    order: ImportOrder,
    request: dict[str, Any],
    act: Callable[[], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """What `act` answers, now or whenever this order was first given; `request` is what it asks.

    Raises:
        Refusal: idempotency_key_reused.

    """
    return await first_answer(
        connection,
        service="importer",
        caller=order.caller,
        key=order.idempotency_key,
        request=request,
        act=act,
    )


async def start_import(
    database: Database,
    queue: JobQueue,
    lease_seconds: float,
    order: ImportOrder,
    file: BroughtFile | None = None,
) -> Run:
    """Begin an import from Somtoday, or from a file when one is given.

    A plan that nobody applied is given up. A repeat with the same idempotency key returns the
    import as it was first answered.

    Raises:
        Refusal: import_running, file_not_readable, file_not_trusted, not_found (no such school
            or file), idempotency_key_reused.

    """
    source = Source.SOMTODAY if file is None else Source.CSV
    request = {"source": source, "school": order.school_id, "file": file and file.fingerprint}

    async def begin() -> dict[str, Any]:
        run = Run(new_id(), order.school_id, source, RunState.REQUESTED, now())
        await begin_run(connection, run, order.caller, lease_seconds)
        if file is not None:
            await file.give(connection, run)
        return {"id": str(run.id), "requested_at": run.requested_at.isoformat()}

    async with database.transaction(order.school_id) as connection:
        answer = await once(connection, order, request, begin)
    run_id, requested_at = UUID(answer["id"]), datetime.fromisoformat(answer["requested_at"])
    begun = Run(run_id, order.school_id, source, RunState.REQUESTED, requested_at)
    await queue_run(queue, begun)
    return begun


async def begin_run(
    connection: AsyncConnection, run: Run, caller: str, lease_seconds: float
) -> None:
    """Begin a run of any source; a plan that was not applied is given up for it.

    The caller queues it once this is committed; if it cannot, the sweeper does.

    Raises:
        Refusal: import_running.

    """
    await cancel_plan(connection, run.school_id, _REPLACED, caller)
    # Until then the queue is trusted to hold the job; after it the sweeper asks again.
    trusted_until = now() + timedelta(seconds=lease_seconds)
    if not await insert_run(connection, run, requested_by=caller, lease_until=trusted_until):
        raise Refusal(ErrorCode.IMPORT_RUNNING)


async def queue_run(queue: JobQueue, run: Run) -> None:
    """Ask a worker for a run that has begun."""
    attempt = f"{PREPARE_JOB}:{run.id}:0"
    await queue.enqueue(PREPARE_JOB, str(run.id), str(run.school_id), attempt=attempt)


async def begin_once(
    database: Database,
    queue: JobQueue,
    lease_seconds: float,
    order: ImportOrder,
    *,
    request: dict[str, Any],
    make: Callable[[AsyncConnection], Awaitable[Run]],
) -> Run:
    """Begin and queue the run that `make` describes; a repeat of the order finds that same run.

    Raises:
        Refusal: import_running, idempotency_key_reused, not_found (the repeat is of another
            school), and whatever `make` refuses.

    """

    async def begin() -> dict[str, Any]:
        run = await make(connection)
        await begin_run(connection, run, order.caller, lease_seconds)
        return {"id": str(run.id)}

    async with database.transaction(order.school_id) as connection:
        answer = await once(connection, order, request, begin)
        begun = await find_run(connection, UUID(answer["id"]))
    if begun is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await queue_run(queue, begun)
    return begun
