from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connector.domain.candidate import Candidate
from services.connector.domain.organisation import candidates_of, choose_organisation
from services.connector.domain.verdict import Problem

ONE, TWO = UUID(int=1), UUID(int=2)
WATERKANT = Candidate(ONE, "Waterkant College", ("99ZX",))


def test_the_one_organisation_with_brin_and_name_is_chosen() -> None:
    assert choose_organisation("99ZX", "Waterkant College", [WATERKANT], [WATERKANT]) == ONE


def test_an_organisation_may_have_several_brins_in_any_case() -> None:
    board = Candidate(TWO, "Stichting Rivierenland", ("99ZW", "99zv", "99ZU"))
    assert choose_organisation("99ZV", "Rivierenland", [board], []) == TWO


def test_a_brin6_of_a_vestiging_counts_as_its_brin() -> None:
    board = Candidate(TWO, "Stichting Rivierenland", ("99ZW01", "99ZW02"))
    assert choose_organisation("99ZW", "College Zuid", [board], []) == TWO


def test_one_organisation_listed_twice_is_still_one() -> None:
    assert choose_organisation("99ZX", "Waterkant", [WATERKANT, WATERKANT], []) == ONE


def test_of_two_with_the_same_brin_the_very_name_decides() -> None:
    other = Candidate(TWO, "Waterkant College Avond", ("99ZX",))
    assert choose_organisation("99ZX", "waterkant COLLEGE", [other, WATERKANT], []) == ONE


@pytest.mark.parametrize("name", ["Waterkant", "Waterkant College"])
def test_two_that_cannot_be_told_apart_are_ambiguous(name: str) -> None:
    twin = Candidate(TWO, "Waterkant College", ("99ZX",))
    found = choose_organisation("99ZX", name, [WATERKANT, twin], [])
    assert found is Problem.ORGANISATION_AMBIGUOUS


def test_a_brin_with_another_name_is_not_taken_for_the_school() -> None:
    found = choose_organisation("99ZX", "De Kleine Kade", [], [WATERKANT])
    assert found is Problem.ORGANISATION_NAME_DIFFERS


def test_a_brin_that_nobody_has_is_unknown() -> None:
    assert choose_organisation("11AA", "Waterkant", [], []) is Problem.ORGANISATION_UNKNOWN


candidates = st.lists(
    st.builds(
        Candidate,
        st.sampled_from([ONE, TWO, UUID(int=3)]),
        st.sampled_from(["Waterkant College", "waterkant college", "Anders", ""]),
        st.lists(st.sampled_from(["99ZX", "99ZX01", "99ZY", ""]), max_size=2).map(tuple),
    ),
    max_size=4,
)


@given(both=candidates, by_brin=candidates)
def test_whoever_is_chosen_has_the_brin(both: list[Candidate], by_brin: list[Candidate]) -> None:
    chosen = choose_organisation("99ZX", "Waterkant College", both, by_brin)
    if not isinstance(chosen, Problem):
        brins = [brin for c in both if c.id == chosen for brin in c.brins]
        assert any(brin.startswith("99ZX") for brin in brins)


def test_what_ops_chose_holds_for_as_long_as_somtoday_lists_it_with_this_brin() -> None:
    twin = Candidate(TWO, "Waterkant College", ("99ZX",))
    both = [WATERKANT, twin]
    assert choose_organisation("99ZX", "Waterkant College", both, both, TWO) == TWO
    assert choose_organisation("99ZX", "Heet nu anders", [], both, TWO) == TWO
    alone = [WATERKANT]
    assert choose_organisation("99ZX", "Waterkant College", alone, alone, TWO) == ONE
    other = Candidate(TWO, "Waterkant College", ("99ZY",))
    assert choose_organisation("99ZX", "Waterkant College", [WATERKANT, other], [], TWO) == ONE


def test_ops_choose_among_whoever_has_this_brin_each_once_and_by_name() -> None:
    twin = Candidate(TWO, "Aan de Waterkant", ("99ZX01",))
    stranger = Candidate(UUID(int=3), "Elders", ("00AA",))
    found = candidates_of("99ZX", [WATERKANT, stranger], [twin, WATERKANT])
    assert found == (twin, WATERKANT)
