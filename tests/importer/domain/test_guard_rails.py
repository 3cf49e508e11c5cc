"""What holds a plan: every boundary at =, one below and one above."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.brake import About, Brake, BrakeCode, Scope
from services.importer.domain.diff import diff
from services.importer.domain.guard_rails import DEFAULT, GuardRails, all_brakes
from services.importer.domain.nobody_left import rows_said
from services.importer.domain.places import Places
from services.importer.domain.roster import Document, Person, Roster
from services.importer.domain.threshold import Threshold
from shared.roster.document import GroupKind, PersonRecord
from tests.importer.domain.builders import (
    document,
    employee,
    in_group,
    klas,
    member,
    pupil,
    roster,
    says,
)
from tests.importer.domain.builders import says_group as says_klas
from tests.importer.domain.strategies import documents, rosters, unhurried

NOVEMBER, MARCH = date(2026, 11, 25), date(2027, 3, 1)
Edit = Callable[[dict[str, str | None]], dict[str, str | None]]


def held(
    old: Roster, new: Document, day: date = NOVEMBER, rails: GuardRails | None = None
) -> list[Brake]:
    found = diff(old, new)
    places = Places(old, found)
    placed = [places.placed(one) for one in found]
    every = all_brakes(old, placed, places, rails or GuardRails(), day, said=rows_said(new))
    return [one for one in every if not one.dormant]


def codes(found: list[Brake]) -> set[str]:
    return {one.key for one in found}


def school(size: int, **fields: str) -> list[Person]:
    return [pupil(f"k{at}", pupil_number=str(at), **fields) for at in range(1, size + 1)]


def said(people: list[Person], edit: Edit = dict) -> list[PersonRecord]:
    return [
        says(one.source_key, one.role, **edit({n: v for n, v in one.fields.items() if v}))
        for one in people
    ]


@pytest.mark.parametrize(
    ("size", "gone", "is_held"),
    [
        *((50, 9, False), (50, 10, True), (50, 11, True)),
        *((51, 10, False), (100, 19, False), (100, 20, True), (100, 21, True), (99, 20, True)),
        *((101, 20, False), (10, 9, False), (10, 10, True), (4, 2, False), (1, 1, False)),
    ],
)
def test_archives_are_held_from_20_percent_and_10_people_on(
    size: int, gone: int, *, is_held: bool
) -> None:
    people = school(size)
    found = held(roster(people), document(said(people[gone:])))
    assert codes(found) == (
        {"many_archived:school", "many_archived:role:pupil"} if is_held else set()
    )
    for one in found:
        assert (one.affected, one.total, one.about) == (gone, size, About.ARCHIVE)
        assert f"{gone} van de {size}" in one.sentence


@pytest.mark.parametrize(("changed", "is_held"), [(9, False), (10, True), (11, True)])
@pytest.mark.parametrize("name", ["username", "real_id", "onderwijssoort", "eck_id", "given_name"])
def test_updates_are_held_per_field(name: str, changed: int, *, is_held: bool) -> None:
    people = [pupil(f"k{at}", **{name: f"old{at}"}) for at in range(50)]
    rows = [says(f"k{at}", **{name: f"new{at}"}) for at in range(changed)]
    found = held(roster(people), document([*rows, *said(people[changed:])]))
    wanted = {f"many_updated:school:{name}", f"many_updated:role:pupil:{name}"}
    assert codes(found) == (wanted if is_held else set())


def test_two_fields_that_change_for_too_few_do_not_add_up() -> None:
    people = school(50, given_name="A", family_name="B")
    rows = said(people[:9], lambda f: {**f, "given_name": "C"})
    rows += said(people[9:18], lambda f: {**f, "family_name": "D"})
    assert held(roster(people), document([*rows, *said(people[18:])])) == []


def test_a_value_that_was_empty_before_is_filled_and_not_changed() -> None:
    people = school(50)
    assert held(roster(people), document(said(people, lambda f: {**f, "email": "x@y.nl"}))) == []


def test_a_narrow_scope_is_held_where_the_school_as_a_whole_is_not() -> None:
    """The class that lost 10 of its 30, in a school of 200."""
    people = school(200, vestiging_code="12AB00")
    small = [pupil(f"s{at}", pupil_number=f"9{at:03}", vestiging_code="12AB01") for at in range(30)]
    h3a = klas("h3a", "g")
    old = roster([*people, *small], [h3a], [member(one, h3a) for one in small])
    left = [in_group(one.source_key or "", "g") for one in small[10:]]
    rows = [*said(people), *said(small[10:])]
    found = held(old, document(rows, [says_klas("g", name="h3a")], left))
    assert codes(found) == {"many_archived:klas@12AB01:h3a", "many_archived:vestiging:12AB01"}
    assert {one.sentence for one in found} == {
        "10 van de 30 leerlingen van klas h3a (vestiging 12AB01) zouden worden gearchiveerd.",
        "10 van de 30 personen van vestiging 12AB01 zouden worden gearchiveerd.",
    }


def test_a_role_is_held_where_the_school_as_a_whole_is_not() -> None:
    staff = [employee(f"m{at}", employee_code=f"c{at}") for at in range(40)]
    people = school(400)
    found = held(roster([*people, *staff]), document([*said(people), *said(staff[10:])]))
    assert codes(found) == {"many_archived:role:employee"}


def test_all_emails_change_domain() -> None:
    people = [pupil(f"k{at}", email=f"{at}@school.nl") for at in range(30)]
    rows = said(people, lambda f: {"email": f"{(f['email'] or '').split('@')[0]}@new.nl"})
    assert codes(held(roster(people), document(rows))) == {
        "email_domain_changed:school:email",
        "email_domain_changed:role:pupil:email",
    }


def test_all_names_change_case() -> None:
    people = school(30, family_name="Jansen")
    rows = said(people, lambda f: {**f, "family_name": "JANSEN"})
    assert codes(held(roster(people), document(rows))) == {
        "name_case_changed:school:family_name",
        "name_case_changed:role:pupil:family_name",
    }


def test_all_emails_are_emptied() -> None:
    people = [pupil(f"k{at}", email=f"{at}@school.nl") for at in range(30)]
    found = held(roster(people), document(said(people, lambda f: {**f, "email": None})))
    assert codes(found) == {"field_emptied:school:email", "field_emptied:role:pupil:email"}
    assert found[0].sentence.endswith("zou het e-mailadres leeg worden.")


def test_no_number_switches_off_the_brake_of_a_klas() -> None:
    threshold = Threshold(percent=50, at_least=50)
    of_28 = [affected for affected in range(29) if threshold.is_reached(affected, 28)]
    of_9 = [affected for affected in range(10) if threshold.is_reached(affected, 9)]
    assert (of_28, of_9) == ([28], [])


def test_every_key_changes_while_the_people_stay() -> None:
    people = [pupil(f"k{at}", eck_id=f"e{at}", pupil_number=str(at)) for at in range(30)]
    rows = [says(f"new{at}", eck_id=f"e{at}", pupil_number=str(at)) for at in range(30)]
    assert codes(held(roster(people), document(rows))) == {
        "many_updated:school:source_key",
        "many_updated:role:pupil:source_key",
    }


@pytest.mark.parametrize("kind", GroupKind)
def test_every_group_gets_another_name(kind: GroupKind) -> None:
    groups = [klas(f"h{at}", f"g{at}", kind=kind) for at in range(12)]
    rows = [says_klas(f"g{at}", kind, name=f"x{at}") for at in range(12)]
    found = held(roster([], groups), document([], rows))
    assert codes(found) == {f"many_updated:role:{kind}:name"}


@pytest.mark.parametrize(
    ("day", "is_held"),
    [
        (date(2027, 7, 31), True),
        (date(2027, 8, 1), False),
        (date(2027, 9, 30), False),
        (date(2027, 10, 1), True),
        (MARCH, True),
    ],
)
def test_everybody_moves_up_is_expected_in_august_and_suspicious_in_march(
    day: date, *, is_held: bool
) -> None:
    people = school(40, leerjaar="2")
    old = roster(people, [klas(f"h{at}", f"old{at}", schooljaar="2025-2026") for at in range(12)])
    rows = said(people, lambda f: {**f, "leerjaar": "3"})
    found = codes(held(old, document(rows), day))
    wanted = {"school_year_turned:school:leerjaar", "school_year_turned:role:pupil:leerjaar"}
    assert found == (wanted | {"many_archived:role:stamgroep"} if is_held else set())


def test_a_leerjaar_that_changes_otherwise_is_no_turn_of_the_year() -> None:
    people = school(40, leerjaar="3")
    found = held(
        roster(people), document(said(people, lambda f: {**f, "leerjaar": "2"})), date(2026, 8, 9)
    )
    assert codes(found) == {"many_updated:school:leerjaar", "many_updated:role:pupil:leerjaar"}


def test_when_a_schooljaar_turns_only_who_does_not_move_up_is_counted() -> None:
    """Left out of the choice, those who move up would leave the others unseen."""
    people = school(50, leerjaar="2")
    rows = said(people[:40], lambda f: {**f, "leerjaar": "3"})
    rows += said(people[40:], lambda f: {**f, "leerjaar": "1"})
    found = held(roster(people), document(rows), date(2026, 8, 9))
    assert codes(found) == {"many_updated:school:leerjaar", "many_updated:role:pupil:leerjaar"}
    assert {one.affected for one in found} == {10}
    every = held(roster(people), document(rows), MARCH)
    assert {(one.code, one.affected) for one in every} == {(BrakeCode.SCHOOL_YEAR_TURNED, 50)}


def test_a_klas_that_is_called_as_a_kind_of_group_is_held_as_any_klas() -> None:
    people, odd = school(60), klas("lesgroep", "g")
    old = roster(people, [odd], [member(one, odd) for one in people[:20]])
    stay = [in_group(one.source_key or "", "g") for one in people[10:20]]
    new = document(said(people[10:]), [says_klas("g", name="lesgroep")], stay)
    (found,) = held(old, new, date(2026, 8, 9))
    assert (found.key, found.is_of_groups) == ("many_archived:klas:lesgroep", False)


@pytest.mark.parametrize(("size", "gone", "is_held"), [(3, 2, False), (3, 3, True), (1, 1, True)])
def test_a_vestiging_that_vanished_as_a_whole(size: int, gone: int, *, is_held: bool) -> None:
    stay = school(100, vestiging_code="12AB00")
    small = [pupil(f"s{at}", pupil_number=f"9{at}", vestiging_code="12AB01") for at in range(size)]
    found = held(roster([*stay, *small]), document([*said(stay), *said(small[gone:])]))
    assert codes(found) == ({"vestiging_vanished:vestiging:12AB01"} if is_held else set())
    for one in found:
        assert one.holds(size)
        assert not one.holds(size - 1)


def test_a_vestiging_of_which_some_moved_and_the_others_are_gone_vanished_too() -> None:
    stay = school(100, vestiging_code="12AB00")
    small = [pupil(f"s{at}", pupil_number=f"20{at}", vestiging_code="12AB01") for at in range(5)]
    moved = said(small[:1], lambda f: {**f, "vestiging_code": "12AB00"})
    (found,) = held(roster([*stay, *small]), document([*said(stay), *moved]))
    assert (found.key, found.affected) == ("vestiging_vanished:vestiging:12AB01", 4)
    assert (found.holds(4), found.holds(3)) == (True, False)
    every = said(small, lambda f: {**f, "vestiging_code": "12AB00"})
    assert held(roster([*stay, *small]), document([*said(stay), *every])) == [], "nobody is gone"


def test_a_vestiging_with_new_pupils_only_did_not_vanish() -> None:
    leaver = pupil("a", pupil_number="1", vestiging_code="12AB01")
    rows = [says("b", pupil_number="2", vestiging_code="12AB01")]
    assert held(roster([leaver]), document(rows)) == []


def test_a_school_sets_its_own_thresholds_per_scope() -> None:
    people = school(50)
    new = document(said(people[3:]))
    strict = GuardRails({(Scope.SCHOOL, About.ARCHIVE): Threshold(percent=5, at_least=3)})
    assert codes(held(roster(people), new, rails=strict)) == {"many_archived:school"}
    assert strict.threshold(Scope.KLAS, About.ARCHIVE) == DEFAULT
    assert held(roster(people), new) == []


@given(st.integers(1, 100), st.integers(1, 50), st.integers(0, 300), st.integers(0, 300))
def test_a_threshold_is_both_a_share_and_a_number(
    percent: int, at_least: int, affected: int, others: int
) -> None:
    total = affected + others
    threshold = Threshold(percent, at_least)
    reached = threshold.is_reached(affected, total)
    is_share = Fraction(affected) >= total * Fraction(percent, 100)
    is_all = affected == total >= 10
    assert reached == (is_share and (affected >= at_least or is_all))
    assert not reached or threshold.is_reached(affected + 1, total + 1), "one more never frees it"


@unhurried
@given(rosters(), documents())
def test_a_brake_counts_what_is_in_the_plan_and_never_more_than_there_are(
    a: Roster, b: Document
) -> None:
    rails = GuardRails({(scope, about): Threshold(1, 1) for scope in Scope for about in About})
    for one in held(a, b, rails=rails):
        assert 1 <= one.affected <= one.total
        assert one.holds(one.affected)
        assert one.sentence.endswith(".")
        assert one.code in BrakeCode
