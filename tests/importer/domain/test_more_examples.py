"""Edge cases that stand alone: numbers, names, classes that split and merge."""

import pytest

from services.importer.domain.apply import apply
from services.importer.domain.change import Action
from services.importer.domain.diff import diff
from tests.importer.domain.builders import (
    ECK,
    document,
    in_group,
    klas,
    member,
    pupil,
    roster,
    says,
    says_group,
)

ONE, TWO = pupil("a", pupil_number="1"), pupil("b", pupil_number="2")
SAID = [says("a", pupil_number="1"), says("b", pupil_number="2")]


def test_another_leerlingnummer_with_the_same_key_is_an_update() -> None:
    (change,) = diff(roster([ONE]), document([says("a", pupil_number="77")]))
    assert (change.action, change.subject_id) == (Action.UPDATE, ONE.id)
    assert (change.before, change.after) == ({"pupil_number": "1"}, {"pupil_number": "77"})


def test_a_number_that_a_leaver_keeps_goes_to_nobody_however_it_is_written() -> None:
    old = roster([pupil("a", pupil_number="00123", eck_id=f"{ECK}a")])
    made, left = diff(old, document([says("b", pupil_number="123", eck_id=f"{ECK}b")]))
    assert (made.action, left.action) == (Action.ADD, Action.ARCHIVE)
    assert apply([made], old).people == old.people
    assert [one.active for one in apply([made, left], old).people.values()] == [False, True]


def test_a_prefix_that_moves_to_the_surname_is_an_update_of_one_person() -> None:
    anna = pupil("a", prefix="van der", family_name="Berg")
    (change,) = diff(roster([anna]), document([says("a", prefix=None, family_name="van der Berg")]))
    assert (change.action, change.subject_id) == (Action.UPDATE, anna.id)
    assert change.after == {"prefix": None, "family_name": "van der Berg"}


@pytest.mark.parametrize("name", ["A" * 300, "Q"])
def test_a_long_or_a_one_letter_name_is_a_name(name: str) -> None:
    new = document([says("a", pupil_number="1", given_name=name)])
    after = apply(diff(roster([]), new), roster([]))
    assert [one.fields["given_name"] for one in after.people.values()] == [name]
    assert diff(after, new) == []


def test_a_class_that_splits_moves_half_of_its_pupils() -> None:
    h3 = klas("h3", "g")
    old = roster([ONE, TWO], [h3], [member(ONE, h3), member(TWO, h3)])
    groups = [says_group("g", name="h3"), says_group("g2", name="h3b")]
    new = document(SAID, groups, [in_group("a", "g"), in_group("b", "g2")])
    changes = diff(old, new)
    assert [change.action for change in changes] == [Action.ADD, Action.ADD, Action.ARCHIVE]
    after = apply(changes, old)
    active = {(m.person_id, m.group_id) for m in after.memberships.values() if m.active}
    split = changes[0].subject_id
    assert active == {(ONE.id, h3.id), (TWO.id, split)}


def test_two_classes_that_merge_become_one_of_both_pupils() -> None:
    h3a, h3b = klas("h3a", "g"), klas("h3b", "g2")
    old = roster([ONE, TWO], [h3a, h3b], [member(ONE, h3a), member(TWO, h3b)])
    new = document(SAID, [says_group("g", name="h3")], [in_group("a", "g"), in_group("b", "g")])
    after = apply(diff(old, new), old)
    active = {(m.person_id, m.group_id) for m in after.memberships.values() if m.active}
    assert active == {(ONE.id, h3a.id), (TWO.id, h3a.id)}
    assert not after.groups[h3b.id].active
    assert diff(after, new) == []
