"""What holds a plan of which the source lacks a vestiging, or nearly everybody, as a whole."""

from datetime import date

import pytest

from services.importer.domain.brake import About, Brake, BrakeCode, Scope
from services.importer.domain.diff import diff
from services.importer.domain.guard_rails import GuardRails
from services.importer.domain.roster import Document, Person, Roster
from services.importer.domain.threshold import Threshold
from shared.roster.document import PersonRecord
from tests.importer.domain.builders import document, employee, pupil, roster
from tests.importer.domain.test_guard_rails import NOVEMBER, codes, held, said, school

NORTH, SOUTH = "99ZY01", "99ZY02"
AUGUST = date(2027, 8, 20)


def small(pupils: int, employees: int) -> list[Person]:
    """A vestiging of so many people."""
    found = [pupil(f"s{at}", pupil_number=f"9{at}", vestiging_code=SOUTH) for at in range(pupils)]
    staff = [
        employee(f"m{at}", employee_code=f"c{at}", vestiging_code=SOUTH) for at in range(employees)
    ]
    return [*found, *staff]


@pytest.mark.parametrize(
    ("people", "stay", "held_of"),
    [
        *(((7, 1), (0, 1), (7, 7, "pupil")), ((7, 2), (0, 0), (7, 7, "pupil"))),
        *(((7, 1), (1, 0), None), ((7, 3), (7, 0), None)),
        *(((0, 3), (0, 0), (3, 3, None)), ((0, 3), (0, 1), None)),
    ],
)
def test_a_vestiging_without_pupils_any_more_vanished_whoever_else_stays(
    people: tuple[int, int], stay: tuple[int, int], held_of: tuple[int, int, str | None] | None
) -> None:
    others, there, left = school(100, vestiging_code=NORTH), small(*people), small(*stay)
    keys = {one.source_key for one in left}
    rows = said([one for one in there if one.source_key in keys])
    found = held(roster([*others, *there]), document([*said(others), *rows]))
    assert codes(found) == ({f"vestiging_vanished:vestiging:{SOUTH}"} if held_of else set())
    for one in found:
        assert (one.affected, one.total, one.role) == held_of
        assert (one.holds(one.total), one.holds(one.total - 1)) == (True, False)
        assert Brake.of_facts(one.facts()) == one
        assert one.sentence.startswith(
            f"Vestiging {SOUTH} heeft in de bron geen leerlingen meer: 7 van de 7 leerlingen "
            if one.role
            else f"Vestiging {SOUTH} komt in de bron niet meer voor: 3 van de 3 personen "
        )


@pytest.mark.parametrize(("arrives", "is_held"), [("pupil", False), ("employee", True)])
def test_a_vestiging_that_has_other_pupils_did_not_vanish(arrives: str, *, is_held: bool) -> None:
    others, there = school(100, vestiging_code=NORTH), small(7, 1)
    new = (
        pupil("n", pupil_number="5000") if arrives == "pupil" else employee("n", employee_code="n")
    )
    rows = said([new], lambda fields: {**fields, "vestiging_code": SOUTH})
    found = held(roster([*others, *there]), document([*said(others), *said(there[7:]), *rows]))
    assert codes(found) == ({f"vestiging_vanished:vestiging:{SOUTH}"} if is_held else set())


def strangers(size: int, **fields: str) -> list[PersonRecord]:
    """A list of another school, which knows no keys of ours."""
    return said([pupil(f"x{at}", pupil_number=f"7{at:03}", **fields) for at in range(size)])


def known_by(found: list[Brake]) -> list[Brake]:
    return [one for one in found if one.code is BrakeCode.NOBODY_KNOWN]


@pytest.mark.parametrize(
    ("size", "stay", "new", "is_held"),
    [
        *((300, 0, 326, True), (100, 10, 50, True), (100, 11, 50, False), (100, 9, 50, True)),
        *((100, 0, 9, False), (100, 0, 10, True), (100, 0, 11, True)),
        *((9, 0, 50, False), (10, 0, 50, True), (10, 1, 50, True), (11, 1, 50, True)),
        *((0, 0, 300, False), (10, 2, 50, False), (100, 100, 300, False)),
    ],
)
def test_a_list_on_which_hardly_anybody_is_known_adds_nobody_unasked(
    size: int, stay: int, new: int, *, is_held: bool
) -> None:
    people = school(size)
    brakes = held(roster(people), document([*said(people[:stay]), *strangers(new)]))
    found = known_by(brakes)
    assert codes(found) == ({"nobody_known:role:pupil"} if is_held else set())
    for one in found:
        assert (one.affected, one.total, one.about) == (new, stay + new, About.ADD)
        assert (one.holds(10), one.holds(9)) == (True, False)
        assert one.when_chosen(new) == one
        assert one.sentence == (
            "Bijna niemand van de leerlingen in Numo komt in de bron voor, en "
            f"{new} leerlingen zouden nieuw zijn: ga na of dit de gegevens van uw school zijn."
        )


def test_no_threshold_of_a_school_lets_strangers_in() -> None:
    people, loose = school(100), Threshold(100, 10_000)
    rails = GuardRails({(scope, about): loose for scope in Scope for about in About})
    found = held(roster(people), document(strangers(50)), rails=rails)
    assert "nobody_known:role:pupil" in codes(found)


def test_each_role_is_counted_by_itself() -> None:
    people = school(100)
    staff = [employee(f"m{at}", employee_code=f"c{at}") for at in range(12)]
    others = [employee(f"n{at}", employee_code=f"d{at}") for at in range(12)]
    new = document([*said(people), *said(others)])
    assert codes(known_by(held(roster([*people, *staff]), new))) == {"nobody_known:role:employee"}


@pytest.mark.parametrize(("stay", "is_held"), [(0, True), (10, True), (11, False), (90, False)])
def test_one_bad_row_does_not_make_another_schools_list_ours(stay: int, *, is_held: bool) -> None:
    """A source that is not complete archives nobody, and knows nobody all the same."""
    people = school(100)
    new = document([*said(people[:stay]), *strangers(50)], complete=())
    found = held(roster(people), new)
    assert codes(found) == ({"nobody_known:role:pupil"} if is_held else set())
    assert all((one.affected, one.total) == (50, stay + 50) for one in found)


def test_a_list_of_new_employees_is_no_other_schools() -> None:
    """Somtoday names all of them, a list only whom it is about."""
    staff = [employee(f"m{at}", employee_code=f"c{at}") for at in range(40)]
    rows = said([employee(f"n{at}", employee_code=f"d{at}") for at in range(12)])
    for source, is_held in (("csv", False), ("somtoday", True)):
        new = document(rows, complete=(), source=source)
        assert bool(held(roster(staff), new)) == is_held


@pytest.mark.parametrize(
    ("site", "day", "is_held"),
    [(NORTH, AUGUST, False), (SOUTH, AUGUST, True), (NORTH, NOVEMBER, True)],
)
def test_a_doelgroep_of_one_leerjaar_is_all_new_when_a_schooljaar_turns(
    site: str, day: date, *, is_held: bool
) -> None:
    people = school(100, vestiging_code=NORTH)
    found = held(roster(people), document(strangers(110, vestiging_code=site)), day)
    assert bool(known_by(found)) == is_held


@pytest.mark.parametrize("day", [NOVEMBER, AUGUST])
def test_an_intake_and_a_new_vestiging_are_no_strangers(day: date) -> None:
    people = school(100, vestiging_code=NORTH)
    intake = document([*said(people[17:]), *strangers(25, vestiging_code=NORTH)])
    second = document([*said(people), *strangers(400, vestiging_code=SOUTH)])
    for new in (intake, second):
        assert _held(roster(people), new, day) == []


def _held(old: Roster, new: Document, day: date) -> list[Brake]:
    assert diff(old, new)
    return held(old, new, day)
