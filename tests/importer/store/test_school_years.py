"""Whatever happens at a school, what Postgres holds after every import is what the school is."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.importer.domain.run import Chosen
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.changes import add_changes
from services.importer.store.roster import bump_version, read_roster
from shared.database import Database
from tests.importer.domain.school_year import STEPS, Step, live
from tests.importer.store.conftest import NewRun

# Each example is a school of its own, and a failure of one is shown whole: the pure twin shrinks.
_FEW = settings(
    deadline=None,
    max_examples=10,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_FEW
@given(year=st.lists(STEPS, min_size=2, max_size=6))
async def test_after_every_sequence_of_imports_the_database_equals_the_school(
    database: Database,
    new_school: Callable[[], Awaitable[UUID]],
    new_run: NewRun,
    year: list[Step],
) -> None:
    school_id, imports = await new_school(), live(year)
    plan = next(imports)
    while plan:
        run_id = await new_run(school_id)
        chosen = Chosen(*(kind in plan.chosen for kind in ("add", "update", "archive")))
        async with database.transaction(school_id) as connection:
            await add_changes(connection, run_id, school_id, plan.changes, chosen)
            await apply_chosen(connection, run_id)
            await bump_version(connection, school_id)
            roster = await read_roster(connection, school_id)
        plan = imports.send(roster)
