"""An import is taken back in the database as the pure functions say, whatever came after it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.apply import apply
from services.importer.domain.change import Change
from services.importer.domain.diff import diff
from services.importer.domain.roster import Roster
from services.importer.domain.run import ALL
from services.importer.domain.undo import undo
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.changes import add_changes
from services.importer.store.over_since import note_since, over_again
from services.importer.store.roster import bump_version, read_roster
from services.importer.store.undo import read_done
from shared.clock import now
from shared.database import Database
from tests.importer.domain.reading import facts
from tests.importer.domain.undoing import (
    assert_nobody_loses_their_klas,
    assert_taken_back,
    assert_unique,
    taken_back,
)
from tests.importer.store.conftest import NewRun
from tests.importer.store.random_rosters import random_document, seeded

WEEKS = 5
_PLANNED = text("""
    UPDATE import_run SET roster_version = :version, applied_at = :now, undoes = :undoes,
        source = CASE WHEN CAST(:undoes AS uuid) IS NULL THEN source ELSE 'undo' END
    WHERE id = :run_id
""")


@dataclass
class Week:
    """One import, and the roster after it; until it is applied that of its plan."""

    run_id: UUID
    changes: list[Change]
    after: Roster


async def _carry_out(
    connection: AsyncConnection, school_id: UUID, week: Week, undoes: UUID | None = None
) -> Roster:
    moment, run_id = now(), week.run_id
    told = {"run_id": run_id, "version": week.after.version, "now": moment, "undoes": undoes}
    await connection.execute(_PLANNED, told)
    await add_changes(connection, run_id, school_id, week.changes, ALL)
    await note_since(connection, run_id)
    await apply_chosen(connection, run_id, moment)
    await over_again(connection, run_id, moment)
    await bump_version(connection, school_id)
    return await read_roster(connection, school_id)


async def _take_back(
    connection: AsyncConnection, school_id: UUID, run_id: UUID, undone: Week
) -> tuple[list[Change], Roster, Roster]:
    """What the undo of a week is, and the roster before and after it."""
    before = await read_roster(connection, school_id)
    done = await read_done(connection, undone.run_id)
    found = undo(before, done.applied, done.ended, done.since)
    week = Week(run_id, found, before)
    return found, before, await _carry_out(connection, school_id, week, undone.run_id)


@pytest.mark.parametrize("seed", [1, 5])
async def test_any_week_is_taken_back_as_the_pure_functions_say(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun, seed: int
) -> None:
    """Any one of them, with those that came after it; and all of them, the last one first."""
    rng, school_id = seeded(seed), await new_school()
    weeks: list[Week] = []
    for _ in range(WEEKS):
        run_id = await new_run(school_id)
        async with database.transaction(school_id) as connection:
            roster = await read_roster(connection, school_id)
            week = Week(run_id, diff(roster, random_document(rng)), roster)
            week.after = await _carry_out(connection, school_id, week)
        weeks.append(week)
    rosters = [Roster(), *(week.after for week in weeks)]
    run_id = await new_run(school_id)
    for at, week in enumerate(weeks):
        async with database.transaction(school_id) as connection:
            trial = await connection.begin_nested()
            found, before, back = await _take_back(connection, school_id, run_id, week)
            await trial.rollback()
        assert facts(found) == facts(taken_back(week.changes, *rosters[at : at + 2], before))
        assert back == apply(found, before)
        assert_nobody_loses_their_klas(rosters[at], before, back)
        assert_unique(back)
    for at in reversed(range(WEEKS)):
        async with database.transaction(school_id) as connection:
            *_, back = await _take_back(connection, school_id, await new_run(school_id), weeks[at])
        assert_taken_back(back, rosters[at])
