"""How many a brake tells, and whom a confirmation lets pass."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.brake import About, Brake, BrakeCode, Scope
from services.importer.domain.guard_rails import DEFAULT


@given(
    dormant=st.booleans(),
    where=st.sampled_from([(Scope.SCHOOL, None), (Scope.KLAS, "a=3"), (Scope.KLAS, "a")]),
    chosen=st.lists(st.integers(10, 60), min_size=2, max_size=2),
)
def test_who_lets_so_many_pass_lets_no_more_pass(
    *, dormant: bool, where: tuple[Scope, str | None], chosen: list[int]
) -> None:
    scope, value = where
    code, about = BrakeCode.MANY_WITHOUT_GROUP, About.UPDATE
    whole = Brake(code, about, scope, 30, 60, DEFAULT, value, "stamgroep", dormant=dormant)
    told, later = (whole.when_chosen(number) for number in chosen)
    assert told.affected == (chosen[0] if dormant else max(30, chosen[0]))
    assert later.is_let_pass_by(told.key) == (later.affected <= told.affected)
    assert whole.is_named(told.key)
    other = replace(whole, value="b", scope=Scope.KLAS)
    assert not other.is_named(told.key)
    assert not other.when_chosen(10).is_let_pass_by(told.key)


def test_no_choice_makes_more_of_archives_than_the_plan_has() -> None:
    code, about = BrakeCode.MANY_ARCHIVED, About.ARCHIVE
    a, odd = (Brake(code, about, Scope.KLAS, 12, 40, DEFAULT, klas) for klas in ("a", "a=99"))
    assert a.when_chosen(12) == a
    assert not a.is_let_pass_by(odd.key), "another klas, whatever it is called"
    assert (a.is_named(odd.key), odd.is_named(odd.key)) == (False, True)
