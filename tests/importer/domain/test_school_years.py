"""Whatever happens at a school, after every import Numo's roster is what the school is."""

from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.roster import Roster
from tests.importer.domain.school_year import STEPS, Step, live
from tests.importer.domain.strategies import unhurried


@unhurried
@given(st.lists(STEPS, min_size=2, max_size=8))
def test_after_every_sequence_of_imports_the_roster_equals_the_school(year: list[Step]) -> None:
    imports, roster = live(year), Roster.of(0, [], [], [])
    plan = next(imports)
    while plan:
        roster = apply([change for change in plan.changes if change.choice in plan.chosen], roster)
        plan = imports.send(roster)
