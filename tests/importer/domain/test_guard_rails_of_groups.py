"""What holds a plan that empties groups: who would be left without any, and how many places end."""

from datetime import date

import pytest

from services.importer.domain.brake import Brake, BrakeCode
from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.diff import diff
from services.importer.domain.guard_rails import GuardRails, all_brakes
from services.importer.domain.places import Places
from services.importer.domain.roster import Group, Membership, Person, Roster
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

EVERYWHERE = ("school", "role:pupil")
EVERY_PLACE = (
    *(f"many_without_group:{place}:stamgroep" for place in (*EVERYWHERE, "klas:h3a")),
    "many_memberships_ended:role:pupil",
)


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


def test_a_group_that_is_archived_while_its_pupils_stay_takes_their_place() -> None:
    """Nine classes are too few to count as groups; who was in them is not."""
    people, classes = school(45), [klas(f"h{at}", f"g{at}") for at in range(9)]
    members = [member(one, classes[at % 9]) for at, one in enumerate(people)]
    old, bare = roster(people, classes, members), document(said(people))
    found = held(old, bare)
    assert codes(found) == {f"many_without_group:{place}:stamgroep" for place in EVERYWHERE}
    assert {one.affected for one in found} == {45}
    assert held(old, bare, date(2026, 8, 20)) == []
    new = [says_klas(f"n{at}", name=f"n{at}") for at in range(9)]
    moved = [in_group(one.source_key or "", f"n{at % 9}") for at, one in enumerate(people)]
    assert held(old, document(said(people), new, moved)) == [], "all of them got another"


def test_who_leaves_school_with_their_class_is_not_left_without_one() -> None:
    people, h3a = school(60), klas("h3a", "a")
    old = roster(people, [h3a], _all_in(people[:12], h3a))
    found = held(old, document(said(people[12:])))
    assert codes(found) == {
        *("many_archived:school", "many_archived:role:pupil", "many_archived:klas:h3a"),
    }


def test_a_question_is_no_place(moving: tuple[Roster, list[Change]]) -> None:
    """As when an undo asks whether somebody is to be in a group again."""
    old, changes = moving
    assert counted(old, changes) == (set(), set(EVERY_PLACE))
    asked = [
        one._replace(action=Action.CONFLICT, choice=None) if one.action is Action.ADD else one
        for one in changes
    ]
    assert counted(old, asked) == (set(EVERY_PLACE), set())


def test_half_a_move_sleeps_in_every_plan_that_moves_a_class(
    moving: tuple[Roster, list[Change]],
) -> None:
    old, changes = moving
    assert counted(old, changes) == (set(), set(EVERY_PLACE))
    assert counted(old, changes, date(2026, 8, 20)) == (set(), set()), "a schooljaar turns"
    left_out = [one for one in changes if one.action is Action.ARCHIVE]
    assert counted(old, left_out) == (set(EVERY_PLACE), set())
    # Nor is a group that is not made one to be in.
    not_made = [one for one in changes if one.kind is not ChangeKind.GROUP]
    assert counted(old, not_made) == (set(EVERY_PLACE), set())


def test_ended_places_are_told_of_those_only_who_have_fewer() -> None:
    people = school(50)
    a, b = (klas(name, name, kind=GroupKind.LESGROEP) for name in ("a", "b"))
    old = roster(people, [a, b], _all_in(people, a))
    rows = [says_klas(name, GroupKind.LESGROEP, name=name) for name in ("a", "b")]
    moved = [in_group(one.source_key or "", "b") for one in people[:40]]
    (found,) = (
        one
        for one in held(old, document(said(people), rows, moved))
        if one.code is BrakeCode.MANY_MEMBERSHIPS_ENDED
    )
    assert found.affected == 10
    assert "10 van de 50 plaatsingen" in found.sentence


@pytest.fixture
def moving() -> tuple[Roster, list[Change]]:
    """Twelve pupils who go from one klas to one that is new, in a school of twelve."""
    people, h3a = school(12), klas("h3a", "a")
    rows = [says_klas("a", name="h3a"), says_klas("b", name="h3b")]
    moved = [in_group(one.source_key or "", "b") for one in people]
    old = roster(people, [h3a], _all_in(people, h3a))
    return old, diff(old, document(said(people), rows, moved))


def counted(old: Roster, changes: list[Change], day: date = NOVEMBER) -> tuple[set[str], set[str]]:
    """The brakes that are awake, and those that sleep."""
    places = Places(old, changes)
    placed = [places.placed(one) for one in changes]
    every = all_brakes(old, placed, places, GuardRails(), day)
    awake = {one.key for one in every if not one.dormant}
    return awake, {one.key for one in every if one.dormant}


def without_group(found: list[Brake]) -> list[Brake]:
    return [one for one in found if one.code is BrakeCode.MANY_WITHOUT_GROUP]


def _all_in(people: list[Person], group: Group) -> list[Membership]:
    return [member(one, group) for one in people]
