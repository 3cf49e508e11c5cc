"""A dataveld that a school withdraws is neither blanked nor kept in silence."""

from dataclasses import replace

from hypothesis import given

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Choice, Reason
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Roster
from services.importer.domain.withdrawn import clear_withdrawn, said_by
from tests.importer.domain.builders import document, employee, pupil, roster, says
from tests.importer.domain.strategies import documents, rosters, unhurried

ANNA = pupil("a", family_name="A", email="a@school.nl", vestiging_code="12AB00")
BRAM = pupil("b", family_name="B", email="b@school.nl", vestiging_code="12AB01")
FULL = document(
    [
        says("a", family_name="A", email="a@school.nl", vestiging_code="12AB00"),
        says("b", family_name="B", email="b@school.nl", vestiging_code="12AB01"),
    ]
)
SILENT = document(
    [
        says("a", family_name="A", vestiging_code="12AB00"),
        says("b", family_name="B", email="b@school.nl", vestiging_code="12AB01"),
    ]
)
SAID = said_by(FULL)


def test_a_withdrawn_field_is_a_question_of_its_own() -> None:
    old = roster([ANNA, BRAM])
    assert diff(old, SILENT) == []
    (change,) = clear_withdrawn(old, said_by(SILENT), SAID, [])
    assert (change.action, change.reason, change.choice) == (
        *(Action.CLEAR, Reason.DATAVELD_WITHDRAWN, Choice.CLEAR),
    )
    assert (change.subject_id, change.before, change.after) == (
        *(ANNA.id, {"email": "a@school.nl"}, {"email": None}),
    )
    after = apply([change], old)
    assert after.people[ANNA.id].fields["email"] is None
    assert clear_withdrawn(after, said_by(SILENT), SAID, []) == [], "once done it is done"


def test_a_field_that_was_never_said_was_not_withdrawn() -> None:
    old = roster([ANNA, BRAM])
    assert clear_withdrawn(old, said_by(SILENT), said_by(SILENT), []) == []
    assert clear_withdrawn(old, said_by(FULL), SAID, []) == []


def test_a_field_of_a_file_is_no_permission() -> None:
    old = roster([ANNA, BRAM])
    listed = document([says(None, ref="r", pupil_number="1")], source="csv")
    assert said_by(listed) == set()
    assert clear_withdrawn(old, said_by(listed), SAID, []) == []


def test_a_vestiging_or_role_that_the_source_has_nobody_of_was_not_withdrawn() -> None:
    old = roster([ANNA, BRAM, employee("m", email="m@school.nl")])
    only_a = document([says("a", family_name="A", email="a@school.nl", vestiging_code="12AB00")])
    assert clear_withdrawn(old, said_by(only_a), SAID | {("employee", "", "email")}, []) == []


def test_what_is_held_by_hand_or_came_by_file_only_is_not_cleared() -> None:
    by_hand = replace(ANNA, held=frozenset({"email"}))
    by_file = replace(ANNA, source_key=None)
    for one in (by_hand, by_file):
        assert clear_withdrawn(roster([one, BRAM]), said_by(SILENT), SAID, []) == []


def test_who_was_archived_is_cleared_and_stays_archived() -> None:
    left = replace(ANNA, active=False)
    other = document([says("c", family_name="C", vestiging_code="12AB00")])
    (change,) = clear_withdrawn(roster([left]), said_by(other), SAID, [])
    after = apply([change], roster([left])).people[left.id]
    assert (after.active, after.fields["email"]) == (False, None)


@unhurried
@given(rosters(), documents(), documents())
def test_clearing_never_touches_what_the_same_plan_changes(
    a: Roster, before: Document, b: Document
) -> None:
    found = diff(a, b)
    cleared = clear_withdrawn(a, said_by(b), said_by(before), found)
    changed = {(one.subject_id, name) for one in found for name in one.after}
    assert changed.isdisjoint((one.subject_id, name) for one in cleared for name in one.after)
    after, plain = apply([*found, *cleared], a), apply(found, a)
    for one in cleared:
        assert one.subject_id is not None
        assert after.people[one.subject_id].active == plain.people[one.subject_id].active
        assert all(after.people[one.subject_id].fields[name] is None for name in one.after)
