"""Turn differences that a proof found into a plan like any other; nothing changes before VERDER."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.compare_sources import Comparison, compare_sources
from services.importer.application.lease import Lease
from services.importer.application.start_import import ImportOrder, begin_once
from services.importer.application.write_plan import Plan, Told, sealed, write_plan
from services.importer.domain.ground import ground_of
from services.importer.domain.guard_rails import GuardRails
from services.importer.domain.reconciliation import Cause, to_fix
from services.importer.domain.run import ALL, Run, RunState, Source
from services.importer.store.guard_rails import read_guard_rails
from services.importer.store.reconciliations import find_differences
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.ids import new_id
from shared.queue import JobQueue


async def start_fix(
    database: Database,
    queue: JobQueue,
    lease_seconds: float,
    order: ImportOrder,
    *,
    causes: Sequence[Cause],
    differences: Sequence[UUID],
) -> Run:
    """Begin a plan of the differences with some causes, and of those that are named.

    Raises:
        Refusal: invalid_request (no such difference), import_running, idempotency_key_reused.

    """

    async def make(connection: AsyncConnection) -> Run:
        found = await find_differences(connection, order.school_id, differences)
        known = {row["id"] for row in found}
        wrong = tuple(
            FieldError(f"differences.{one}", "dit verschil is er niet (meer)")
            for one in differences
            if one not in known
        )
        if wrong:
            raise Refusal(ErrorCode.INVALID_REQUEST, errors=wrong)
        asked = (*(cause.value for cause in causes), *(row["fingerprint"] for row in found))
        return Run(
            *(new_id(), order.school_id, Source.RECONCILIATION, RunState.REQUESTED, now()),
            choice=ALL,
            asked=asked,
        )

    request = {"fix": [*causes, *map(str, differences)], "school": order.school_id}
    return await begin_once(database, queue, lease_seconds, order, request=request, make=make)


async def compute_fix(lease: Lease, run: Run, problems_kept: timedelta) -> None:
    """Write the plan that takes away the differences that were asked for, as they are now.

    Raises:
        LeaseLostError: another worker has the run now; nothing was written.
        RosterMovedError: the roster, a threshold or a decision moved meanwhile.

    """
    compared = await compare_sources(lease.transaction, lease.school_id)
    async with lease.transaction() as connection:
        rails = await read_guard_rails(connection, lease.school_id)
    plan = await asyncio.to_thread(_compute, compared, run.asked or (), rails)
    told = Told(ground=ground_of(compared.decisions))
    await write_plan(lease, run, plan, told, now() + problems_kept)


def _compute(compared: Comparison, asked: Sequence[str], rails: GuardRails) -> Plan:
    return sealed(compared.roster, to_fix(compared.differences, asked), rails)
