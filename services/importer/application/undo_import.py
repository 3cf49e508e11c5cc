"""Undo an import: a plan like any other, that brings back what was before it."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.lease import Lease
from services.importer.application.start_import import ImportOrder, begin_once
from services.importer.application.write_plan import Plan, Told, sealed, write_plan
from services.importer.domain.guard_rails import GuardRails
from services.importer.domain.roster import Roster
from services.importer.domain.run import ALL, Run, RunState, Source
from services.importer.domain.undo import undo
from services.importer.store.guard_rails import read_guard_rails
from services.importer.store.roster import read_roster
from services.importer.store.runs import find_run
from services.importer.store.undo import Done, read_done
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.queue import JobQueue


async def start_undo(
    database: Database, queue: JobQueue, lease_seconds: float, order: ImportOrder, run_id: UUID
) -> Run:
    """Begin to take an import back; nothing changes before VERDER.

    Raises:
        Refusal: not_found, import_not_ready (it was not applied), import_running,
            idempotency_key_reused.

    """

    async def make(connection: AsyncConnection) -> Run:
        undone = await find_run(connection, run_id)
        if undone is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if undone.state is not RunState.APPLIED:
            raise Refusal(ErrorCode.IMPORT_NOT_READY, extra={"state": undone.state.value})
        return Run(
            *(new_id(), order.school_id, Source.UNDO, RunState.REQUESTED, now()),
            choice=ALL,
            undoes=run_id,
        )

    request = {"undo": run_id}
    return await begin_once(database, queue, lease_seconds, order, request=request, make=make)


async def compute_undo(lease: Lease, run: Run, problems_kept: timedelta) -> None:
    """Write the plan that takes an import back.

    Raises:
        LeaseLostError: another worker has the run now; nothing was written.

    """
    assert run.undoes is not None  # noqa: S101 - a constraint of the database
    async with lease.transaction() as connection:
        roster = await read_roster(connection, lease.school_id)
        done = await read_done(connection, run.undoes)
        rails = await read_guard_rails(connection, lease.school_id)
    plan = await asyncio.to_thread(_compute, roster, done, rails)
    await write_plan(lease, run, plan, Told(), now() + problems_kept)


def _compute(roster: Roster, done: Done, rails: GuardRails) -> Plan:
    return sealed(roster, undo(roster, done.applied, done.ended, done.since), rails)
