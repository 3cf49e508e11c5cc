"""Imports that broke every worker: shown to ops, and put again when they say so."""

from uuid import UUID

from services.importer.application.start_import import begin_run, queue_run
from services.importer.domain.run import ALL, Chosen, Run, RunState, Source
from services.importer.store.ended_runs import (
    GivenUp,
    find_given_up,
    list_given_up,
    note_put_again,
)
from services.importer.store.runs import find_run
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.queue import JobQueue

_FILE_GONE = "Het bestand van deze import is weggegooid. Vraag de school het opnieuw te uploaden."


async def read_given_up(database: Database, after: UUID | None, limit: int) -> list[GivenUp]:
    """What was given up at all schools and not put again; `after` is the last that was seen."""
    async with database.transaction() as connection:
        return await list_given_up(connection, after, limit)


async def put_again(
    database: Database, queue: JobQueue, lease_seconds: float, caller: str, run_id: UUID
) -> Run:
    """Begin the same import anew, once: a repeat returns the one that was begun.

    Raises:
        Refusal: not_found, import_not_ready (its file is gone), import_running.

    """
    async with database.transaction() as connection:
        found = await find_given_up(connection, run_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    if found.source == Source.CSV:
        raise Refusal(ErrorCode.IMPORT_NOT_READY, detail=_FILE_GONE)
    async with database.transaction(found.school_id) as connection:
        old = await find_run(connection, run_id, lock=True)
        assert old is not None  # noqa: S101 - runs are never deleted
        # Read again under the lock: somebody else may have put it again meanwhile.
        begun = await find_given_up(connection, run_id)
        if begun is not None and begun.put_again_as is not None:
            first = await find_run(connection, begun.put_again_as)
            assert first is not None  # noqa: S101 - runs are never deleted
            return first
        run = Run(
            *(new_id(), old.school_id, old.source, RunState.REQUESTED, now()),
            choice=Chosen() if old.undoes is None and old.asked is None else ALL,
            undoes=old.undoes,
            asked=old.asked,
        )
        await begin_run(connection, run, caller, lease_seconds)
        await note_put_again(connection, run_id, run.id)
    await queue_run(queue, run)
    return run
