"""Compare a roster with what each of its sources said last, and explain each difference."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.compute_plan import document_of
from services.importer.domain.change import Change
from services.importer.domain.decisions import Decisions
from services.importer.domain.diff import diff
from services.importer.domain.merging import joined_by_merge
from services.importer.domain.reconciliation import (
    Cause,
    Difference,
    OnRecord,
    explain,
)
from services.importer.domain.roster import Roster
from services.importer.store.baseline_content import unpack
from services.importer.store.baselines import Baseline, read_baselines, read_skipped, read_writes
from services.importer.store.decisions import read_decisions, taken_back_since
from services.importer.store.roster import read_roster

OpenTransaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@dataclass(frozen=True)
class Comparison:
    """A roster at one version, and how it differs from what its sources said last.

    By these decisions; where others hold by now, it is of no use any more.
    """

    roster: Roster
    differences: list[Difference]
    decisions: Decisions


async def compare_sources(transaction: OpenTransaction, school_id: UUID) -> Comparison:
    """Compare; of no use once the roster has another version than the comparison says.

    What another source said and wrote later is no difference: then that is what was said last.
    """
    async with transaction() as connection:
        roster = await read_roster(connection, school_id)
        decisions = await read_decisions(connection, school_id)
        baselines = await read_baselines(connection, school_id)
    found: list[Difference] = []
    for baseline in baselines:
        # In a thread, so that the worker's other jobs go on meanwhile.
        changes, offered = await asyncio.to_thread(_compared, roster, decisions, baseline)
        record = OnRecord(offered, baseline.unapplied)
        if changes:
            ids = {change.subject_id for change in (*changes, *offered)} - {None}
            ids |= {who for change in changes for who in change.candidate_ids}
            async with transaction() as connection:
                wanted = [one for one in ids if one is not None]
                writes = await read_writes(connection, school_id, baseline, wanted)
                skipped = await read_skipped(connection, baseline, wanted)
                reopened = await taken_back_since(connection, school_id, baseline.planned_at)
            facts = (writes, skipped, joined_by_merge(roster), reopened)
            record = OnRecord(offered, baseline.unapplied, *facts)
        found += await asyncio.to_thread(explain, baseline.source, changes, record)
    differences = [one for one in found if one.cause is not Cause.OTHER_SOURCE]
    return Comparison(roster, differences, decisions)


def _compared(
    roster: Roster, decisions: Decisions, baseline: Baseline
) -> tuple[list[Change], list[Change]]:
    said = unpack(baseline.content)
    return diff(roster, document_of(said.records), decisions), said.offered
