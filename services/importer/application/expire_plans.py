"""A plan that nobody applied does not wait for ever: it expires, and what it staged goes."""

from datetime import timedelta

from services.importer.domain.run import RunState
from services.importer.store.ended_runs import lock_old_plan, plans_before
from services.importer.store.runs import move_run, remove_plan
from shared.clock import now
from shared.database import Database
from shared.telemetry import get_logger


async def expire_plans(database: Database, kept: timedelta) -> int:
    """Let every plan expire that waited longer; returns how many did.

    Each in a transaction of its own, so it can be killed anywhere and run again, by several
    workers at once. A plan that somebody is choosing in or applying at this moment is passed by.
    """
    moment = now()
    before = moment - kept
    async with database.transaction() as connection:
        due = await plans_before(connection, before)
    expired = 0
    for run_id, school_id in due:
        async with database.transaction(school_id) as connection:
            if not await lock_old_plan(connection, run_id, before):
                continue
            await move_run(connection, run_id, RunState.EXPIRED, {"ended_at": moment})
            await remove_plan(connection, run_id)
        expired += 1
        get_logger().info("plan_expired", run=str(run_id))
    return expired
