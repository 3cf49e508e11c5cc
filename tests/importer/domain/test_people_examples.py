"""Who is who: the cases of other products' bug trackers and of Dutch exports."""

import pytest

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, Choice, Reason
from services.importer.domain.diff import diff
from shared.roster.document import PersonRole
from tests.importer.domain.builders import ECK, document, employee, pupil, roster, says


def actions(changes: list[Change]) -> list[Action]:
    return sorted(change.action for change in changes)


def only(changes: list[Change]) -> Change:
    assert len(changes) == 1, [(change.action, change.reason) for change in changes]
    return changes[0]


def test_a_key_twice_with_other_fields_is_one_question_that_shows_both() -> None:
    anna = pupil("a", given_name="Anna")
    twice = [says("a", ref="1", given_name="Ann"), says("a", ref="2", given_name="Anne")]
    changes = diff(roster([anna]), document(twice))
    assert [change.reason for change in changes] == [Reason.TWICE_IN_SOURCE] * 2
    assert {change.after["given_name"] for change in changes} == {"Ann", "Anne"}
    assert all(change.candidate_ids == (anna.id,) for change in changes)


def test_the_same_row_twice_is_one_person() -> None:
    twice = [says("a", ref="1", given_name="Anna"), says("a", ref="2", given_name="Anna")]
    assert only(diff(roster([]), document(twice))).action is Action.ADD


def test_two_pupils_with_one_number_in_the_source_are_a_question_and_the_rest_goes_on() -> None:
    rows = [says("a", pupil_number="7"), says("b", pupil_number="007"), says("c")]
    assert actions(diff(roster([]), document(rows))) == ["add", "conflict", "conflict"]


def test_twins_with_one_email_and_one_surname_stay_two() -> None:
    shared = {"family_name": "Jansen", "email": "ouders@thuis.nl"}
    anna = pupil("a", pupil_number="1", given_name="Anna", **shared)
    bea = pupil("b", pupil_number="2", given_name="Bea", **shared)
    same = [says("a", pupil_number="1", **shared), says("b", pupil_number="2", **shared)]
    assert diff(roster([anna, bea]), document(same)) == []
    assert actions(diff(roster([]), document(same))) == ["add", "add"]


@pytest.mark.parametrize("email", ["ANNA@School.nl", " anna@school.nl ", "anna@school.nl\u00a0"])
def test_an_email_in_another_case_or_with_blanks_is_no_change(email: str) -> None:
    anna = pupil("a", email="anna@school.nl")
    assert diff(roster([anna]), document([says("a", email=email)])) == []


@pytest.mark.parametrize("field", ["email", "pupil_number"])
def test_two_pupils_may_swap_a_value(field: str) -> None:
    old = roster([pupil("a", **{field: "11"}), pupil("b", **{field: "22"})])
    swapped = [says("a", **{field: "22"}), says("b", **{field: "11"})]
    changes = diff(old, document(swapped))
    assert actions(changes) == ["update", "update"]
    after = apply(changes, old)
    assert {one.source_key: one.fields[field] for one in after.people.values()} == {
        "a": "22",
        "b": "11",
    }


def test_a_number_that_somebody_else_has_is_refused_with_both_names() -> None:
    anna, bea = pupil("a", pupil_number="1"), pupil("b", pupil_number="2")
    change = only(diff(roster([anna, bea]), document([says("a", pupil_number="2")])))
    assert change.reason is Reason.KEYS_DISAGREE
    assert set(change.candidate_ids) == {anna.id, bea.id}


def test_a_number_that_a_record_without_numbers_keeps_is_refused() -> None:
    anna, bea = pupil("a", pupil_number="1"), pupil("b", pupil_number="2")
    rows = [says("a", pupil_number="2"), says("b", given_name="Bea")]
    changes = diff(roster([anna, bea]), document(rows))
    assert actions(changes) == ["conflict", "update"]
    asked = next(change for change in changes if change.action is Action.CONFLICT)
    assert asked.reason is Reason.NUMBER_TAKEN
    assert set(asked.candidate_ids) == {anna.id, bea.id}


def test_who_is_refused_keeps_a_number_that_the_next_had_hoped_for() -> None:
    old = roster([pupil(key, pupil_number=key) for key in "1234"])
    moving = [says("1", pupil_number="2"), says("2", pupil_number="3"), says("3", pupil_number="4")]
    changes = diff(old, document([*moving, says("4", given_name="Vier")]))
    assert actions(changes) == ["conflict", "conflict", "conflict", "update"]


def test_a_key_and_an_eck_id_of_two_people_are_refused() -> None:
    anna, bea = pupil("a"), pupil("b", eck_id=ECK + "bea")
    change = only(diff(roster([anna, bea]), document([says("a", eck_id=ECK + "BEA")])))
    assert change.reason is Reason.KEYS_DISAGREE
    assert set(change.candidate_ids) == {anna.id, bea.id}


def test_an_eck_id_goes_before_a_number() -> None:
    anna = pupil(eck_id=ECK + "anna", pupil_number="1")
    bea = pupil(eck_id=ECK + "bea", pupil_number="2")
    rows = [
        says(None, ref="x", eck_id=ECK + "anna", pupil_number="2"),
        says(None, ref="y", eck_id=ECK + "bea", pupil_number="1"),
    ]
    changes = diff(roster([anna, bea]), document(rows))
    assert {change.subject_id: change.after for change in changes} == {
        anna.id: {"pupil_number": "2"},
        bea.id: {"pupil_number": "1"},
    }


def test_an_archived_pupil_who_returns_is_the_same_row() -> None:
    anna = pupil("a", active=False, given_name="Anna")
    change = only(diff(roster([anna]), document([says("a", given_name="Anna")])))
    assert (change.action, change.choice) == (Action.REACTIVATE, Choice.ADD)
    assert change.subject_id == anna.id


def test_who_returns_never_takes_the_number_of_a_pupil_made_meanwhile() -> None:
    anna = pupil("a", active=False, pupil_number="1")
    made = pupil(None, pupil_number="1", given_name="Bea")
    change = only(diff(roster([anna, made]), document([says("a", pupil_number="1")])))
    assert change.reason is Reason.KEYS_DISAGREE
    assert set(change.candidate_ids) == {anna.id, made.id}


def test_a_pupil_deleted_and_made_again_in_somtoday_is_recognised_by_number_and_name() -> None:
    anna = pupil("old", pupil_number="1", given_name="Anna", family_name="Vos")
    again = says("new", pupil_number="1", given_name="Anna", family_name="Vos")
    change = only(diff(roster([anna]), document([again])))
    assert change.subject_id == anna.id
    assert change.after == {"source_key": "new"}


NUMBER_OF_SOMEBODY_ELSE = says("new", pupil_number="1", given_name="Bea", family_name="Mol")


@pytest.mark.parametrize(
    "holder",
    [
        pupil("old", pupil_number="1", given_name="Anna", family_name="Vos"),
        pupil("old", active=False, pupil_number="1", given_name="Anna", family_name="Mol"),
        pupil(None, pupil_number="1", given_name="Anna", family_name="Vos"),
    ],
    ids=["another key", "archived", "came by csv"],
)
@pytest.mark.parametrize("key", ["new", None])
def test_a_number_handed_on_to_somebody_else_is_a_question(holder: object, key: str | None) -> None:
    assert isinstance(holder, type(pupil()))
    row = NUMBER_OF_SOMEBODY_ELSE.model_copy(update={"key": key})
    change = only(diff(roster([holder]), document([row])))
    assert change.reason is Reason.NAME_DIFFERS
    assert change.candidate_ids == (holder.id,)


def test_one_name_may_change_when_the_number_stays() -> None:
    anna = pupil(None, pupil_number="1", given_name="Anna", family_name="Vos")
    married = says(None, ref="r", pupil_number="1", given_name="Anna", family_name="Mol")
    assert only(diff(roster([anna]), document([married]))).after == {"family_name": "Mol"}


def test_a_number_of_a_leaver_with_another_eck_id_goes_to_a_new_pupil() -> None:
    anna = pupil("a", pupil_number="1", eck_id=ECK + "anna")
    bea = says("b", pupil_number="1", eck_id=ECK + "bea")
    assert actions(diff(roster([anna]), document([bea]))) == ["add", "archive"]
    partly = document([bea], complete=())
    assert only(diff(roster([anna]), partly)).reason is Reason.NUMBER_TAKEN


def test_an_archived_double_never_touches_the_active_person() -> None:
    live = pupil("a", pupil_number="1", eck_id=ECK + "anna", given_name="Anna")
    double = pupil(None, active=False, pupil_number="1", eck_id=ECK + "anna")
    same = document([says("a", pupil_number="1", eck_id=ECK + "anna", given_name="Anna")])
    assert diff(roster([live, double]), same) == []
    assert diff(roster([double, live]), same) == []


def test_an_archived_double_does_not_come_back_beside_the_active_person() -> None:
    live = pupil("a", eck_id=ECK + "anna")
    double = pupil("b", active=False, eck_id=ECK + "anna")
    (change,) = diff(roster([live, double]), document([says("a"), says("b")]))
    assert change.reason is Reason.KEYS_DISAGREE
    assert set(change.candidate_ids) == {live.id, double.id}


def test_a_teacher_who_is_a_pupil_too_is_two_people() -> None:
    real_id = "anna@school.nl"
    old = roster([pupil("a", real_id=real_id), employee("b", real_id=real_id)])
    rows = [says("a", real_id=real_id), says("b", PersonRole.EMPLOYEE, real_id=real_id)]
    assert diff(old, document(rows)) == []


def test_a_key_that_comes_back_in_another_role_is_a_question() -> None:
    anna = pupil("a")
    change = only(diff(roster([anna]), document([says("a", PersonRole.EMPLOYEE)])))
    assert (change.reason, change.candidate_ids) == (Reason.ROLE_DIFFERS, (anna.id,))


def test_whom_any_key_of_a_record_in_question_may_mean_has_not_left() -> None:
    jan = employee(real_id="jan@x")
    row = says("a", PersonRole.EMPLOYEE, real_id="jan@x")
    asked = only(diff(roster([pupil("a"), jan]), document([row])))
    assert (asked.reason, jan.id in asked.candidate_ids) == (Reason.ROLE_DIFFERS, True)
    anna = pupil("k1", real_id="anna@x")
    doubles = [pupil("k2", eck_id=ECK + "a"), pupil("k3", eck_id=ECK + "a")]
    row = says(None, ref="r", eck_id=ECK + "a", real_id="anna@x")
    asked = only(diff(roster([anna, *doubles]), document([row])))
    assert set(asked.candidate_ids) == {anna.id, *(one.id for one in doubles)}


def test_who_has_a_record_of_their_own_is_not_in_question_for_a_shared_docentcode() -> None:
    numo = roster([pupil("a"), employee("b", employee_code="JAN")])
    rows = [says(key, PersonRole.EMPLOYEE, employee_code="JAN") for key in "ab"]
    asked = only(diff(numo, document(rows)))
    assert (asked.reason, len(asked.candidate_ids)) == (Reason.ROLE_DIFFERS, 1)


def test_a_weaker_key_does_not_decide_on_somebody_in_question() -> None:
    anna = pupil("a", eck_id=ECK + "anna")
    rows = [says("a", PersonRole.EMPLOYEE), says("b", eck_id=ECK + "anna")]
    reasons = {change.reason for change in diff(roster([anna]), document(rows))}
    assert reasons == {Reason.ROLE_DIFFERS, Reason.SEVERAL_MATCH_ONE}


def test_somebody_without_any_key_is_a_question_and_not_a_new_person_each_time() -> None:
    nobody = says(None, ref="r", given_name="Anna", email="anna@school.nl")
    assert only(diff(roster([]), document([nobody]))).reason is Reason.NO_KEY


def test_a_real_id_given_to_somebody_else_is_a_question() -> None:
    real_id = "j.vos@school.nl"
    anna = pupil(None, pupil_number="1", real_id=real_id, given_name="Anna", family_name="Aal")
    row = says(
        None, ref="r", pupil_number="2", real_id=real_id, given_name="Zoë", family_name="Zee"
    )
    change = only(diff(roster([anna]), document([row])))
    assert (change.reason, change.candidate_ids) == (Reason.NAME_DIFFERS, (anna.id,))
    proven = pupil(None, real_id=real_id, eck_id=ECK + "anna", given_name="Zoë", family_name="Zee")
    other = row.model_copy(update={"fields": {**row.fields, "eck_id": ECK + "zoe"}})
    change = only(diff(roster([proven]), document([other])))
    assert (change.reason, change.candidate_ids) == (Reason.KEYS_DISAGREE, (proven.id,))
