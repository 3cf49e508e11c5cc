"""Fetch a school's roster, compare it with Numo's, and write the plan."""

from datetime import timedelta
from uuid import UUID

from services.importer.application.answer_koppeling_end import compute_archiving
from services.importer.application.compute_plan import compute_plan
from services.importer.application.find_unchanged import find_unchanged, write_unchanged
from services.importer.application.fix_differences import compute_fix
from services.importer.application.lease import Lease, claimed_run
from services.importer.application.remove_staged import remove_staged
from services.importer.application.replan import give_back
from services.importer.application.stage_source import (
    SourceFailedError,
    StagingRules,
    stage_source,
)
from services.importer.application.undo_import import compute_undo
from services.importer.application.write_plan import RosterMovedError
from services.importer.domain.run import PREPARING, Phase, Run, RunState, Source
from services.importer.sources.connector import ConnectorSource, UnchangedError
from services.importer.store.runs import find_run, move_run, problem_of, remove_plan
from services.importer.store.uploads import remove_file
from shared.clock import now
from shared.database import Database

_MOST_COMPARISONS = 5
# Plans that are made from what Numo has, without reading a source.
_PLANS = {
    Source.UNDO: compute_undo,
    Source.RECONCILIATION: compute_fix,
    Source.KOPPELING_END: compute_archiving,
}


async def prepare_import(
    database: Database,
    connector: ConnectorSource,
    rules: StagingRules,
    run_id: UUID,
    school_id: UUID,
) -> None:
    """Bring an import from requested to planned, or to failed when its source is no good.

    A plan that was to be made anew from such a source is given back to who was at it.

    Can be killed anywhere and run again: a fetch that was complete is not repeated, one that was
    not is thrown away. Does nothing when another worker has the run or it went on already.

    Raises:
        LeaseLostError: another worker has the run now.
        RosterMovedError: the roster changed under every attempt; the sweeper tries again.

    """
    claim = claimed_run(database, run_id, school_id, PREPARING, rules.lease_seconds)
    async with claim as lease:
        if lease is None:
            return
        async with lease.transaction() as connection:
            run = await find_run(connection, run_id)
        if run is None:
            return
        try:
            if run.source not in _PLANS and await _is_unchanged(lease, run, connector, rules):
                return
            await _plan(lease, run, rules.problems_kept)
        except SourceFailedError as failure:
            await _fail(lease, run, failure)


async def _fail(lease: Lease, run: Run, failure: SourceFailedError) -> None:
    """End a run, or give back the plan that somebody had of it: what was chosen is not lost."""
    detail = failure.detail or failure.error.value.detail
    async with lease.transaction() as connection:
        if await give_back(connection, run, failure.error, detail):
            return
        await remove_staged(connection, run.id)
        await remove_plan(connection, run.id)
        await remove_file(connection, run.id)
        why = problem_of(failure.error, failure.detail)
        ended = {**why, "phase": None, "ended_at": now()}
        await move_run(connection, run.id, RunState.FAILED, ended)


async def _is_unchanged(
    lease: Lease, run: Run, connector: ConnectorSource, rules: StagingRules
) -> bool:
    """Stage the source, unless it is staged; true when that was needless, and a plan is written."""
    if run.phase is Phase.COMPARE:
        return False
    unchanged = await find_unchanged(lease, run)
    known = None if unchanged is None else unchanged.known.content
    try:
        await stage_source(lease, run, connector, rules, known)
    except UnchangedError:
        assert unchanged is not None  # noqa: S101 - else nothing was known
        try:
            await write_unchanged(lease, run, unchanged)
        except RosterMovedError:
            # What was known is about another roster now: read the source after all.
            await stage_source(lease, run, connector, rules)
            return False
        return True
    return False


async def _plan(lease: Lease, run: Run, problems_kept: timedelta) -> None:
    """Compare until the roster held still."""
    for left in reversed(range(_MOST_COMPARISONS)):
        try:
            if run.source in _PLANS:
                await _PLANS[run.source](lease, run, problems_kept)
            else:
                await compute_plan(lease, problems_kept)
        except RosterMovedError:
            if not left:
                raise
        else:
            return
