"""What holds a plan that empties groups: who would be left without any, and how many places end."""

from datetime import date

import pytest

from services.importer.domain.brake import Brake, BrakeCode
from services.importer.domain.roster import Group, Membership, Person
from shared.roster.document import GroupKind, MemberRole
from tests.importer.domain.builders import (
    document,
    employee,
    in_group,
    klas,
    member,
    roster,
)
from tests.importer.domain.builders import says_group as says_klas
from tests.importer.domain.test_guard_rails import MARCH, NOVEMBER, codes, held, said, school


@pytest.mark.parametrize(
    ("size", "ended", "day", "is_held"),
    [
        *((40, 9, NOVEMBER, False), (40, 10, NOVEMBER, True), (50, 50, NOVEMBER, True)),
        *((51, 10, NOVEMBER, False), (50, 50, date(2027, 8, 20), False)),
    ],
)
def test_a_source_that_empties_its_groups_while_everybody_stays(
    size: int, ended: int, day: date, *, is_held: bool
) -> None:
    people, h3a = school(size), klas("h3a", "g", kind=GroupKind.LESGROEP)
    teacher = employee("t", employee_code="T")
    members = [member(one, h3a) for one in people]
    old = roster([*people, teacher], [h3a], [*members, member(teacher, h3a, MemberRole.TEACHER)])
    stay = [in_group(f"k{at}", "g") for at in range(ended + 1, size + 1)]
    new = document(
        [*said(people), *said([teacher])],
        [says_klas("g", GroupKind.LESGROEP, name="h3a")],
        [*stay, in_group("t", "g", MemberRole.TEACHER)],
    )
    found = held(old, new, day)
    ends = [one for one in found if one.code is BrakeCode.MANY_MEMBERSHIPS_ENDED]
    assert codes(ends) == ({"many_memberships_ended:role:pupil"} if is_held else set())
    for one in ends:
        told = f"{ended} van de {size} plaatsingen van leerlingen in een groep zouden eindigen."
        assert one.sentence == told


@pytest.mark.parametrize(
    ("lost", "day", "is_held"),
    [
        *((9, MARCH, False), (10, MARCH, True), (11, MARCH, True), (28, MARCH, True)),
        (28, date(2026, 8, 20), False),
    ],
)
def test_a_class_of_which_the_source_lost_who_is_in_it(
    lost: int, day: date, *, is_held: bool
) -> None:
    people, h3a, h3b = school(28), klas("h3a", "a"), klas("h3b", "b")
    gone = klas("h2a", "old")
    old = roster(people, [h3a, h3b, gone], [*_all_in(people, h3a), *_all_in(people, gone)])
    rows = [says_klas("a", name="h3a"), says_klas("b", name="h3b")]
    left = [in_group(one.source_key or "", "a") for one in people[lost:]]
    wanted = {f"many_without_group:{place}:stamgroep" for place in ("school", "role:pupil")}
    # Where they are: of two classes the first by name.
    wanted.add("many_without_group:klas:h2a:stamgroep")
    found = without_group(held(old, document(said(people), rows, left), day))
    assert codes(found) == (wanted if is_held else set())
    for one in found:
        assert one.sentence.endswith("zouden in geen enkele stamgroep meer zitten.")
        assert (one.affected, one.holds(9), one.holds(10)) == (lost, False, True)
    moved = [in_group(one.source_key or "", "b") for one in people[:lost]]
    assert held(old, document(said(people), rows, [*left, *moved]), day) == []


def test_one_lesgroep_of_several_that_ends_is_a_subject_dropped() -> None:
    people = school(28)
    groups = [klas(f"h3wi{at}", f"w{at}", kind=GroupKind.LESGROEP) for at in range(2)]
    old = roster(people, groups, [one for group in groups for one in _all_in(people, group)])
    rows = [says_klas(f"w{at}", GroupKind.LESGROEP, name=f"h3wi{at}") for at in range(2)]
    ones = [in_group(one.source_key or "", "w0") for one in people]
    assert without_group(held(old, document(said(people), rows, ones))) == []
    assert codes(without_group(held(old, document(said(people), rows)))) == {
        "many_without_group:school:lesgroep",
        "many_without_group:role:pupil:lesgroep",
    }


def without_group(found: list[Brake]) -> list[Brake]:
    return [one for one in found if one.code is BrakeCode.MANY_WITHOUT_GROUP]


def _all_in(people: list[Person], group: Group) -> list[Membership]:
    return [member(one, group) for one in people]
