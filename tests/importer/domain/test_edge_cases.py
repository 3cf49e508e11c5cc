"""Cases of other products' trackers that need a whole school to be told right."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from services.importer.domain.apply import apply
from services.importer.domain.brake import About, Scope
from services.importer.domain.change import Action, ChangeKind, Choice, Reason
from services.importer.domain.diff import diff
from services.importer.domain.guard_rails import GuardRails, all_brakes
from services.importer.domain.membership_changes import orphans
from services.importer.domain.places import Places
from services.importer.domain.roster import Document, Roster
from services.importer.domain.source_health import Health, examine
from services.importer.domain.threshold import Threshold
from shared.roster.document import MemberRole, PersonRole
from tests.importer.domain.builders import (
    ECK,
    document,
    employee,
    in_group,
    klas,
    member,
    pupil,
    roster,
    says,
    says_group,
)
from tests.importer.domain.strategies import MOMENT

NOVEMBER, AUGUST = date(2026, 11, 25), date(2026, 8, 1)


def held(old: Roster, new: Document, day: date, rails: GuardRails | None = None) -> set[str]:
    found = diff(old, new)
    places = Places(old, found)
    placed = [places.placed(one) for one in found]
    every = all_brakes(old, placed, places, rails or GuardRails(), day)
    return {one.key for one in every if not one.dormant}


def in_classes(after: Roster) -> set[tuple[object, object]]:
    return {(one.person_id, one.group_id) for one in after.memberships.values() if one.active}


def test_everybody_absent_from_a_healthy_source_is_held() -> None:
    old = roster([pupil(f"k{at}", pupil_number=str(at)) for at in range(1, 13)])
    new = document([says(f"x{at}", pupil_number=f"9{at}", family_name="Z") for at in range(9)])
    assert examine(new, old, None, MOMENT + timedelta(minutes=5)) == Health()
    assert held(old, new, NOVEMBER) == {"many_archived:school", "many_archived:role:pupil"}


@pytest.mark.parametrize(("percent", "is_held"), [(20, True), (49, True), (50, True), (51, False)])
def test_one_of_two_absent_is_held_at_half_and_not_above(percent: int, *, is_held: bool) -> None:
    old = roster([pupil("a", pupil_number="1"), pupil("b", pupil_number="2")])
    rails = GuardRails({(Scope.SCHOOL, About.ARCHIVE): Threshold(percent, 1)})
    found = held(old, document([says("a", pupil_number="1")]), NOVEMBER, rails)
    assert found == ({"many_archived:school"} if is_held else set())


@pytest.mark.parametrize(("at_least", "is_held"), [(10, False), (3, False), (2, True)])
def test_a_class_of_four_that_loses_two_is_held_once_so_few_count(
    at_least: int, *, is_held: bool
) -> None:
    people = [pupil(f"k{at}", pupil_number=str(at)) for at in range(1, 41)]
    h3a = klas("h3a", "g")
    old = roster(people, [h3a], [member(one, h3a) for one in people[:4]])
    rows = [says(f"k{at}", pupil_number=str(at)) for at in range(3, 41)]
    members = [in_group("k3", "g"), in_group("k4", "g")]
    new = document(rows, [says_group("g", name="h3a")], members)
    rails = GuardRails({(Scope.KLAS, About.ARCHIVE): Threshold(20, at_least)})
    assert held(old, new, NOVEMBER, rails) == ({"many_archived:klas:h3a"} if is_held else set())


def test_one_key_with_two_contents_is_one_question_in_any_order() -> None:
    anna = pupil("a", given_name="Anna")
    rows = [says("a", ref=name, given_name=name) for name in ("Ann", "Anne")]
    rows.append(says("b", given_name="Bea"))
    told = set()
    for order in permutations(rows):
        changes = diff(roster([anna]), document(order))
        asked = [one for one in changes if one.action is Action.CONFLICT]
        assert {one.reason for one in asked} == {Reason.TWICE_IN_SOURCE}
        told.add(tuple(sorted(str(one.after["given_name"]) for one in asked)))
        assert [one.action for one in changes if one not in asked] == [Action.ADD]
    assert told == {("Ann", "Anne")}


@pytest.mark.parametrize("login", ["eck_id", "real_id"])
@pytest.mark.parametrize("known", [True, False])
def test_two_keys_with_one_login_are_a_question_and_the_rest_goes_on(
    login: str, *, known: bool
) -> None:
    old = roster([pupil("a", **{login: "x@school"})] if known else [])
    rows = [says("a", **{login: "x@school"}), says("b", **{login: "X@school"}), says("c")]
    changes = diff(old, document(rows))
    after = apply(changes, old)
    assert "c" in {one.source_key for one in after.people.values()}
    assert any(one.action is Action.CONFLICT for one in changes)
    logins = [one.fields[login] for one in after.people.values() if one.active]
    assert len([one for one in logins if one]) <= 1


def test_who_returns_is_in_the_classes_of_the_source_only() -> None:
    anna, h3a, h3b = pupil("a", active=False), klas("h3a", "g1"), klas("h3b", "g2")
    old = roster([anna], [h3a, h3b], [member(anna, h3a, active=False)])
    groups = [says_group("g1", name="h3a"), says_group("g2", name="h3b")]
    changes = diff(old, document([says("a")], groups, [in_group("a", "g2")]))
    (back,) = [one for one in changes if one.kind is ChangeKind.PERSON]
    assert (back.action, back.choice, back.subject_id) == (
        Action.REACTIVATE,
        Choice.ADD,
        anna.id,
    )
    assert in_classes(apply(changes, old)) == {(anna.id, h3b.id)}


@pytest.mark.parametrize("first", ["live", "double"])
def test_a_deleted_double_ends_no_class_of_the_active_person(first: str) -> None:
    live = pupil("a", eck_id=ECK + "anna")
    double = pupil("b", active=False, eck_id=ECK + "anna")
    h3a = klas("h3a", "g")
    people = [live, double] if first == "live" else [double, live]
    old = roster(people, [h3a], [member(live, h3a), member(double, h3a, active=False)])
    same = document(
        [says("a", eck_id=ECK + "anna")], [says_group("g", name="h3a")], [in_group("a", "g")]
    )
    assert diff(old, same) == []


def test_orphans_a_teacher_who_is_a_pupil_and_another_role_in_one_document() -> None:
    jan, anna = employee("j", real_id="anna@school"), pupil("a", real_id="anna@school")
    h4a = klas("H4A", "g")
    old = roster([jan, anna], [h4a], [member(jan, h4a, MemberRole.TEACHER), member(anna, h4a)])
    people = [
        says("j", PersonRole.EMPLOYEE, real_id="anna@school"),
        says("a", real_id="anna@school"),
    ]
    members = [
        *(in_group("j", "g", role) for role in (MemberRole.TEACHER, MemberRole.MENTOR)),
        *(in_group("a", "g"), in_group("nobody", "g"), in_group("a", "nowhere")),
    ]
    new = document(people, [says_group("g", name="H4A")], members)
    assert orphans(new) == 2
    (change,) = diff(old, new)
    assert (change.kind, change.action, change.role) == (
        ChangeKind.MEMBERSHIP,
        Action.ADD,
        MemberRole.MENTOR,
    )
    assert in_classes(apply([change], old)) == {(jan.id, h4a.id), (anna.id, h4a.id)}
    at_first = diff(roster([], [h4a]), document(people))
    assert [one.action for one in at_first if one.kind is ChangeKind.PERSON] == [Action.ADD] * 2


STRANGE: list[dict[str, str | None]] = [
    {"given_name": "Zoe\u0308", "prefix": "van 't", "family_name": "d'Été-O\u2019Neil"},
    {"given_name": "🦉", "family_name": "محمد"},
    {"given_name": "x" * 300, "family_name": "Q"},
    {"given_name": "\u00a0", "family_name": "", "prefix": None},
    {"given_name": "None", "email": "None"},
    {"given_name": "null", "email": "geen adres"},
]


@pytest.mark.parametrize("fields", STRANGE)
def test_strange_names_and_a_none_for_an_email_are_taken_once(
    fields: dict[str, str | None],
) -> None:
    new = document([says("a", pupil_number="1", **fields)])
    after = apply(diff(roster([]), new), roster([]))
    assert len(after.people) == 1
    assert diff(after, new) == []


def test_pupils_of_next_year_are_the_same_in_august() -> None:
    """In July the year that ends is read; on 1 August all are in a class of another year."""
    people = [pupil(f"k{at}", pupil_number=str(at), leerjaar="3") for at in range(1, 21)]
    h3 = klas("H3", "g3", schooljaar="2025-2026")
    july = roster(people, [h3], [member(one, h3) for one in people])
    rows = [says(f"k{at}", pupil_number=str(at), leerjaar="4") for at in range(1, 21)]
    rows.append(says("new", pupil_number="99", leerjaar="1"))
    members = [in_group(one.ref, "g4") for one in rows]
    new = document(rows, [says_group("g4", name="H4")], members)
    changes = diff(july, new)
    assert {(one.kind, one.action) for one in changes if one.kind is not ChangeKind.MEMBERSHIP} == {
        (ChangeKind.PERSON, Action.UPDATE),
        (ChangeKind.PERSON, Action.ADD),
        (ChangeKind.GROUP, Action.ADD),
        (ChangeKind.GROUP, Action.ARCHIVE),
    }
    assert held(july, new, AUGUST) == set()
    after = apply(changes, july)
    assert all(one.active for one in after.people.values())
    assert len(after.people) == len(rows)
    assert {one for _, one in in_classes(after)} == {
        one.id for one in after.groups.values() if one.source_key == "g4"
    }
    assert diff(after, new) == []
