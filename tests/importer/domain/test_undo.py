"""Taking an import back: exactly what was before it, and by name what cannot be."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, ChangeKind, Reason
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Roster
from services.importer.domain.taken_numbers import taken_numbers
from services.importer.domain.undo import Applied, undo
from services.importer.domain.undone_places import Since
from services.importer.domain.withdrawn import clear_withdrawn, said_by
from tests.importer.domain.builders import (
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
from tests.importer.domain.living_on import EVENTS, lived_on, schools
from tests.importer.domain.reading import of
from tests.importer.domain.strategies import documents, unhurried
from tests.importer.domain.undoing import (
    assert_nobody_loses_their_klas,
    assert_taken_back,
    assert_unique,
    assert_values_are_back,
    assert_what_is_asked_is_left,
    done_of,
    klassen,
    taken_back,
)


def part_of(data: st.DataObject, changes: list[Change]) -> list[Change]:
    """All of a plan, or any part of it."""
    if not changes or data.draw(st.booleans()):
        return changes
    return data.draw(st.lists(st.sampled_from(changes), unique_by=id))


def import_of(a: Roster, first: Document, second: Document, data: st.DataObject) -> list[Change]:
    found = diff(a, first)
    found += clear_withdrawn(a, said_by(first), said_by(second), found)
    return part_of(data, found)


@unhurried
@given(schools(), documents(), documents(), st.data())
def test_undoing_any_part_of_any_import_brings_back_exactly_what_was(
    a: Roster, first: Document, second: Document, data: st.DataObject
) -> None:
    chosen = import_of(a, first, second, data)
    middle = apply(chosen, a)
    undone = taken_back(chosen, a, middle)
    before = apply(undone, middle)
    assert_taken_back(before, a)
    assert taken_back(chosen, a, middle, before) == [], "what is as it was needs nothing"
    again = apply(taken_back(undone, middle, before), before)
    assert_taken_back(again, middle)
    more = part_of(data, diff(middle, second))
    now = apply(more, middle)
    first_gone = apply(taken_back(more, middle, now), now)
    assert_taken_back(apply(taken_back(chosen, a, middle, first_gone), first_gone), a)


@unhurried
@given(schools(), documents(), documents(), EVENTS, st.data())
def test_whatever_happened_since_undoing_an_import_leaves_what_came_after_as_it_is(
    a: Roster, first: Document, second: Document, events: list[bytes], data: st.DataObject
) -> None:
    chosen = import_of(a, first, second, data)
    middle = apply(chosen, a)
    now = apply(part_of(data, diff(middle, second)), middle)
    now = lived_on(now, events)
    found = taken_back(chosen, a, middle, now)
    back = apply(found, now)
    assert taken_numbers(found, now) == set(), "nothing of it would be skipped"
    assert_unique(back)
    assert_unique(apply(part_of(data, found), now))
    done = done_of(chosen, a)
    assert_values_are_back(done, found, now, back)
    assert_what_is_asked_is_left(done, found, now, back)
    assert_nobody_loses_their_klas(a, now, back)
    began = {one.key for one in middle.memberships.values() if one.active}
    for key, one in now.memberships.items():
        if one.active and key not in began and back.people[one.person_id].active:
            assert back.memberships[key].active, "who came since stays"
    again = taken_back(chosen, a, middle, back)
    assert of(again, *Action) == of(again, Action.CONFLICT), "a second time it has nothing to do"


ANNA, BRAM = pupil("a", pupil_number="1", email="a"), pupil("b", pupil_number="2", email="b")
H3A = klas("h3a", "g")
OLD = roster([ANNA, BRAM], [H3A], [member(ANNA, H3A), member(BRAM, H3A)])
NEW = document(
    [says("a", pupil_number="1", email="new"), says("c", pupil_number="2", family_name="C")],
    [says_group("g", name="h3a")],
    [in_group("a", "g"), in_group("c", "g")],
)


def test_who_was_edited_since_is_named_and_the_rest_is_offered() -> None:
    changes = diff(OLD, NEW)
    after = apply(changes, OLD)
    edited = replace(after.people[ANNA.id], fields={**ANNA.fields, "email": "by hand"})
    after.people[ANNA.id] = edited
    found = taken_back(changes, OLD, after)
    (asked,) = of(found, Action.CONFLICT)
    assert (asked.reason, asked.candidate_ids) == (Reason.EDITED_SINCE, (ANNA.id,))
    back = apply(found, after)
    assert back.people[ANNA.id].fields["email"] == "by hand"
    assert back.people[BRAM.id] == BRAM
    assert {one.key for one in back.memberships.values() if one.active} == set(OLD.memberships)


def test_a_field_that_the_import_did_not_touch_may_have_changed_since() -> None:
    changes = diff(OLD, NEW)
    after = apply(changes, OLD)
    now = after.people[ANNA.id]
    after.people[ANNA.id] = replace(now, fields={**now.fields, "leerjaar": "4"})
    back = apply(taken_back(changes, OLD, after), after)
    assert back.people[ANNA.id].fields == {**ANNA.fields, "leerjaar": "4"}


def test_where_all_of_a_row_stayed_as_it_was_nothing_is_taken_back() -> None:
    stayed = Applied(ChangeKind.PERSON, Action.UPDATE, "pupil", ANNA.id, {"source_key": "a"}, {})
    assert undo(OLD, [stayed], [], Since()) == []


def test_nobody_gets_back_a_number_that_somebody_else_has_by_now() -> None:
    gone = diff(OLD, document([says("a", pupil_number="1", email="a")]))
    left = [one for one in gone if one.subject_id == BRAM.id]
    after = apply(left, OLD)
    heir = pupil("x", pupil_number="2")
    after.people[heir.id] = heir
    (asked,) = taken_back(left, OLD, after)
    assert (asked.action, asked.reason) == (Action.CONFLICT, Reason.NUMBER_TAKEN)


def test_who_moved_on_to_a_third_klas_since_is_named_and_does_not_get_two() -> None:
    other, third = klas("h3b", "g2"), klas("h3c", "g3")
    old = roster([ANNA, BRAM], [H3A, other, third], [member(ANNA, H3A), member(BRAM, H3A)])
    said = document(
        [says("a"), says("b")],
        [says_group("g", name="h3a"), says_group("g2", name="h3b"), says_group("g3", name="h3c")],
        [in_group("a", "g2"), in_group("b", "g2")],
    )
    first = diff(old, said)
    middle = apply(first, old)
    said.memberships = [in_group("a", "g3"), in_group("b", "g2")]
    now = apply(diff(middle, said), middle)
    found = taken_back(first, old, middle, now)
    (asked,) = of(found, Action.CONFLICT)
    assert (asked.kind, asked.reason) == (ChangeKind.MEMBERSHIP, Reason.EDITED_SINCE)
    assert (asked.person_id, asked.candidate_ids) == (ANNA.id, (ANNA.id,))
    back = apply(found, now)
    assert (klassen(back, ANNA.id), klassen(back, BRAM.id)) == ({third.id}, {H3A.id})


def test_a_new_klas_into_which_others_came_since_is_not_taken_from_them() -> None:
    old = roster([ANNA, BRAM], [H3A], [member(ANNA, H3A), member(BRAM, H3A)])
    said = document(
        [says("a"), says("b")],
        [says_group("g", name="h3a"), says_group("n", name="new")],
        [in_group("a", "n"), in_group("b", "g")],
    )
    first = diff(old, said)
    middle = apply(first, old)
    said.memberships = [in_group("a", "n"), in_group("b", "n")]
    now = apply(diff(middle, said), middle)
    found = taken_back(first, old, middle, now)
    (asked,) = of(found, Action.CONFLICT)
    assert (asked.kind, asked.label) == (ChangeKind.GROUP, "new")
    back = apply(found, now)
    (new,) = (one.id for one in back.groups.values() if one.source_key == "n")
    assert (klassen(back, ANNA.id), klassen(back, BRAM.id)) == ({H3A.id}, {new})


def test_a_place_in_a_klas_that_is_gone_since_is_named_and_not_dropped_in_silence() -> None:
    other = klas("x", "g2")
    old = roster([ANNA, BRAM], [H3A, other], [member(ANNA, H3A), member(BRAM, other)])
    people, groups = (
        [says("a"), says("b")],
        [says_group("g", name="h3a"), says_group("g2", name="x")],
    )
    first = diff(old, document(people, groups, [in_group("a", "g2"), in_group("b", "g2")]))
    middle = apply(first, old)
    later = document(people, groups[1:], [in_group("a", "g2"), in_group("b", "g2")])
    now = apply(diff(middle, later), middle)
    (asked,) = of(taken_back(first, old, middle, now), Action.CONFLICT)
    assert (asked.reason, asked.candidate_ids) == (Reason.EDITED_SINCE, (ANNA.id,))
    assert asked.label.endswith("→ h3a")


def test_a_value_that_a_hand_holds_since_is_shown_and_stays() -> None:
    changes = diff(OLD, NEW)
    after = apply(changes, OLD)
    now = after.people[ANNA.id]
    after.people[ANNA.id] = replace(now, held=frozenset({"email"}))
    (one,) = (it for it in taken_back(changes, OLD, after) if it.subject_id == ANNA.id)
    assert (one.held, one.kept, dict(one.after)) == (("email",), ("email",), {"email": "a"})


@pytest.mark.parametrize("of_group", [False, True])
def test_a_key_that_somebody_else_has_by_now_is_not_taken_from_them(*, of_group: bool) -> None:
    kind = ChangeKind.GROUP if of_group else ChangeKind.PERSON
    had, other = (klas("x"), klas("y", "k")) if of_group else (pupil(), pupil("k"))
    rows = [had, other]
    now = roster([], rows) if of_group else roster(rows)  # type: ignore[arg-type]
    gone = Applied(kind, Action.UPDATE, "pupil", had.id, {"source_key": "k"}, {"source_key": None})
    (asked,) = undo(now, [gone], [], Since())
    assert (asked.action, asked.reason) == (Action.CONFLICT, Reason.KEY_TAKEN)


def test_who_cannot_get_a_number_back_keeps_the_one_that_the_next_hoped_for() -> None:
    old = roster([ANNA, BRAM])
    said = document([says("a", pupil_number="2"), says("b", pupil_number="3")])
    first = diff(old, said)
    middle = apply(first, old)
    heir = pupil("x", pupil_number="01")
    now = roster([*middle.people.values(), heir])
    found = taken_back(first, old, middle, now)
    assert {one.reason for one in found} == {Reason.NUMBER_TAKEN}
    assert {one.candidate_ids for one in found} == {(ANNA.id,), (BRAM.id,)}


def test_what_an_employee_has_in_place_of_a_leerlingnummer_keeps_nobody_out() -> None:
    old = roster([employee("e", pupil_number="2"), pupil("x", pupil_number="2")])
    left = diff(old, document([says("x", pupil_number="2")]))
    (back,) = taken_back(left, old, apply(left, old))
    assert back.action is Action.REACTIVATE


def test_undoing_an_undo_does_the_import_again() -> None:
    changes = diff(OLD, NEW)
    after = apply(changes, OLD)
    first = taken_back(changes, OLD, after)
    back = apply(first, after)
    again = apply(taken_back(first, after, back), back)
    assert again.people == after.people
    assert {key: one.active for key, one in again.memberships.items()} == {
        key: one.active for key, one in after.memberships.items()
    }
