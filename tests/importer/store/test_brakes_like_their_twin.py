"""What a brake counted in a plan, the database counts again over what is chosen of it."""

from collections import Counter
from collections.abc import Awaitable, Callable
from uuid import UUID

from services.importer.application.brakes import brakes_now
from services.importer.application.write_plan import sealed
from services.importer.domain.brake import About, Scope, Threshold
from services.importer.domain.change import Choice
from services.importer.domain.diff import diff
from services.importer.domain.guard_rails import GuardRails
from services.importer.domain.run import ALL, Run, RunState, Source
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.changes import add_changes
from services.importer.store.choices import choose_all
from services.importer.store.roster import bump_version, read_roster
from shared.clock import now
from shared.database import Database
from tests.importer.store.conftest import NewRun
from tests.importer.store.random_rosters import random_document, seeded

WEEKS = 10
# Every brake that there can be.
RAILS = GuardRails({(scope, about): Threshold(1, 1) for scope in Scope for about in About})


async def test_a_brake_counts_the_same_when_everything_is_chosen_and_nothing_when_nothing_is(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun
) -> None:
    rng, seen = seeded(9), Counter[str]()
    school_id = await new_school()
    for _ in range(WEEKS):
        run_id = await new_run(school_id)
        async with database.transaction(school_id) as connection:
            roster = await read_roster(connection, school_id)
            plan = sealed(roster, diff(roster, random_document(rng)), RAILS)
            await add_changes(connection, run_id, school_id, plan.changes, ALL)
            run = Run(
                *(run_id, school_id, Source.SOMTODAY, RunState.PLANNED, now()),
                brakes=tuple(plan.brakes),
            )
            counted = {brake.key: brake.affected for brake in plan.brakes}
            seen.update(brake.code for brake in plan.brakes)
            found = await brakes_now(connection, run, None)
            assert {one.brake.key: one.chosen for one in found} == counted
            await choose_all(connection, run_id, dict.fromkeys(Choice, False))
            found = await brakes_now(connection, run, None)
            assert {one.brake.key: one.chosen for one in found} == dict.fromkeys(counted, 0)
            await choose_all(connection, run_id, dict.fromkeys(Choice, True))
            await apply_chosen(connection, run_id)
            await bump_version(connection, school_id)
    assert {"many_archived", "many_updated", "many_without_group"} <= seen.keys()
