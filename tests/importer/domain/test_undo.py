"""Taking an import back: exactly what was before it, and by name what cannot be."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.change import SOURCE_KEY, Action, Change, ChangeKind, Reason
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Roster
from services.importer.domain.undo import Applied, undo
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
from tests.importer.domain.reading import of
from tests.importer.domain.strategies import documents, rosters, unhurried


def as_applied(changes: Iterable[Change]) -> list[Applied]:
    return [
        Applied(
            one.kind,
            one.action,
            one.role,
            one.subject_id,
            one.before,
            {name: value for name, value in one.after.items() if name not in one.kept},
            one.person_id,
            one.group_id,
        )
        for one in changes
        if one.subject_id is not None
    ]


def ended_by(changes: list[Change], before: Roster, after: Roster) -> list[UUID]:
    """Memberships that ended with somebody or something, without a row of their own."""
    own = {one.subject_id for one in changes}
    now = {one.id: one.active for one in after.memberships.values()}
    return [
        one.id
        for one in before.memberships.values()
        if one.active and not now[one.id] and one.id not in own
    ]


def taken_back(
    changes: list[Change], before: Roster, after: Roster, later: Iterable[Change] = ()
) -> list[Change]:
    """The undo of changes that led from one roster to another, and to which `later` ones came."""
    touched = {one.subject_id for one in later if one.kind is ChangeKind.MEMBERSHIP} - {None}
    ended = ended_by(changes, before, after)
    return undo(apply(later, after), as_applied(changes), ended, touched)


@unhurried
@given(rosters(), documents(), documents(), st.data())
def test_undoing_any_part_of_any_import_brings_back_what_was(
    a: Roster, earlier: Document, b: Document, data: st.DataObject
) -> None:
    found = diff(a, b)
    found += clear_withdrawn(a, said_by(b), said_by(earlier), found)
    chosen = data.draw(st.lists(st.sampled_from(found), unique_by=id)) if found else []
    after = apply(chosen, a)
    applied = [one for one in chosen if one.action is not Action.CONFLICT]
    if len(after.people) + len(after.groups) != sum(
        one.action is Action.ADD and one.person_id is None for one in applied
    ) + len(a.people) + len(a.groups):
        return  # somebody was skipped: what became of each change is the database's to tell
    back = apply(taken_back(applied, a, after), after)
    for person_id, person in back.people.items():
        was = a.people.get(person_id)
        assert person == was if was else not person.active
    for group_id, group in back.groups.items():
        known = a.groups.get(group_id)
        assert group == known if known else not group.active
    assert {key for key, one in back.memberships.items() if one.active} == {
        key for key, one in a.memberships.items() if one.active
    }
    assert taken_back(applied, a, back) == [], "what is as it was needs nothing"


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


def test_a_value_that_somebody_made_their_own_since_is_not_taken_back() -> None:
    changes = diff(OLD, NEW)
    after = apply(changes, OLD)
    after.people[ANNA.id] = replace(after.people[ANNA.id], held=frozenset({"email"}))
    (asked,) = of(taken_back(changes, OLD, after), Action.CONFLICT)
    assert (asked.reason, asked.candidate_ids) == (Reason.EDITED_SINCE, (ANNA.id,))


def test_nobody_gets_back_a_number_that_somebody_else_has_by_now() -> None:
    gone = diff(OLD, document([says("a", pupil_number="1", email="a")]))
    left = [one for one in gone if one.subject_id == BRAM.id]
    after = apply(left, OLD)
    heir = pupil("x", pupil_number="2")
    after.people[heir.id] = heir
    (asked,) = taken_back(left, OLD, after)
    assert (asked.action, asked.reason) == (Action.CONFLICT, Reason.NUMBER_TAKEN)


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


def says_classes(*classes: str, anna: str, bram: str) -> Document:
    people = [says("a", pupil_number="1", email="a"), says("b", pupil_number="2", email="b")]
    groups = [says_group(name, name=name) for name in classes]
    return document(people, groups, [in_group("a", anna), in_group("b", bram)])


def classes_of(school: Roster, key: str) -> set[str | None]:
    return {
        school.groups[one.group_id].fields["name"]
        for one in school.memberships.values()
        if one.active and school.people[one.person_id].source_key == key
    }


def test_who_moved_on_since_stays_there_and_is_named_with_the_place() -> None:
    old = apply(diff(OLD, says_classes("g", "x", "y", anna="g", bram="g")), OLD)
    moved = diff(old, says_classes("g", "x", "y", anna="x", bram="x"))
    then = apply(moved, old)
    later = diff(then, says_classes("g", "x", "y", anna="y", bram="x"))
    found = taken_back(moved, old, then, later)
    (asked,) = of(found, Action.CONFLICT)
    assert (asked.reason, asked.candidate_ids) == (Reason.EDITED_SINCE, (ANNA.id,))
    assert asked.label.endswith("→ g")
    back = apply(found, apply(later, then))
    assert (classes_of(back, "a"), classes_of(back, "b")) == ({"y"}, {"g"})


def test_a_class_that_others_joined_since_is_not_archived_under_them() -> None:
    old = apply(diff(OLD, says_classes("g", anna="g", bram="g")), OLD)
    added = diff(old, says_classes("g", "new", anna="new", bram="g"))
    then = apply(added, old)
    later = diff(then, says_classes("g", "new", anna="new", bram="new"))
    found = taken_back(added, old, then, later)
    (asked,) = of(found, Action.CONFLICT)
    assert (asked.kind, asked.reason, asked.label) == (ChangeKind.GROUP, Reason.EDITED_SINCE, "new")
    back = apply(found, apply(later, then))
    assert (classes_of(back, "a"), classes_of(back, "b")) == ({"g"}, {"new"})


def test_a_place_in_a_class_that_is_gone_since_is_named_and_not_dropped_in_silence() -> None:
    old = apply(diff(OLD, says_classes("g", "x", anna="g", bram="x")), OLD)
    moved = diff(old, says_classes("g", "x", anna="x", bram="x"))
    then = apply(moved, old)
    later = diff(then, says_classes("x", anna="x", bram="x"))
    found = taken_back(moved, old, then, later)
    (asked,) = of(found, Action.CONFLICT)
    assert (asked.reason, asked.label.endswith("→ g")) == (Reason.EDITED_SINCE, True)


def test_no_row_gets_back_a_key_of_the_source_that_another_has_by_now() -> None:
    """The leerlingnummer led to the wrong one, and the source has the right one since."""
    now_h, right, other = replace(H3A, source_key="h"), pupil("a"), klas("h3b", "g")
    after = roster([replace(ANNA, source_key="z"), right], [now_h, other])
    done = [
        Applied(kind, Action.UPDATE, role, row.id, {SOURCE_KEY: row.source_key}, {SOURCE_KEY: new})
        for kind, role, row, new in (
            (ChangeKind.PERSON, "pupil", ANNA, "z"),
            (ChangeKind.GROUP, "stamgroep", H3A, "h"),
        )
    ]
    asked = undo(after, done, ())
    assert [(one.action, one.reason) for one in asked] == [(Action.CONFLICT, Reason.KEY_TAKEN)] * 2
    assert {one.candidate_ids for one in asked} == {(ANNA.id,), (H3A.id,)}
    del after.people[right.id], after.groups[other.id]
    assert of(undo(after, done, ()), Action.CONFLICT) == []
