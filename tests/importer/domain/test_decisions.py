"""A conflict is decided once: the next plan follows it and does not ask again."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, ChangeKind, Reason
from services.importer.domain.decisions import (
    Decision,
    Verdict,
    identity_of_new,
    possible_verdicts,
    source_identity,
)
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Roster
from shared.roster.document import PersonRole
from tests.importer.domain.builders import ECK, document, employee, pupil, roster, says
from tests.importer.domain.reading import of, of_kind
from tests.importer.domain.strategies import documents, rosters, unhurried

SAME, NEW, LEAVE = Verdict.SAME, Verdict.NEW, Verdict.LEAVE


def questions(changes: list[Change]) -> list[Change]:
    return of(of_kind(changes, ChangeKind.PERSON), Action.CONFLICT)


def the(found: list[Change]) -> Change:
    (one,) = found
    return one


def identity(change: Change) -> str:
    assert change.source_identity is not None
    return change.source_identity


ANNA = pupil("old", pupil_number="1", given_name="Anna", family_name="Aal")
HEIR = says("new", pupil_number="1", given_name="Zoë", family_name="Zee")


def test_this_one_is_that_person_from_now_on() -> None:
    old, new = roster([ANNA]), document([HEIR])
    asked = the(questions(diff(old, new)))
    assert asked.reason is Reason.NAME_DIFFERS
    decisions = {identity(asked): Decision(SAME, ANNA.id)}
    changed = the(diff(old, new, decisions))
    assert (changed.action, changed.subject_id) == (Action.UPDATE, ANNA.id)
    after = apply([changed], old)
    assert after.people[ANNA.id].source_key == "new"
    assert diff(after, new, decisions) == diff(after, new) == []


def test_a_new_person_gets_the_number_once_the_leaver_is_archived() -> None:
    old, new = roster([ANNA]), document([HEIR])
    asked = the(questions(diff(old, new)))
    decisions = {identity(asked): Decision(NEW)}
    made, left = diff(old, new, decisions)
    assert (made.action, left.action, left.subject_id) == (Action.ADD, Action.ARCHIVE, ANNA.id)
    assert made.source_identity == identity(asked), "so that the decision learns who was made"
    after = apply([made, left], old)
    known = {identity(asked): Decision(NEW, made.subject_id)}
    assert diff(after, new, known) == []


def test_who_is_left_out_is_not_asked_again_and_nobody_is_archived_for_it() -> None:
    old, new = roster([ANNA]), document([HEIR])
    asked = the(questions(diff(old, new)))
    assert diff(old, new, {identity(asked): Decision(LEAVE)}) == []


def test_a_decision_that_was_taken_back_is_asked_again() -> None:
    old, new = roster([ANNA]), document([HEIR])
    asked = the(questions(diff(old, new)))
    assert the(questions(diff(old, new, {}))).reason is asked.reason


def test_two_people_in_numo_turn_out_to_be_one() -> None:
    """The other is offered to be archived, and the source's key stays where it is."""
    first = pupil("k", pupil_number="1", eck_id=f"{ECK}a", given_name="Anna")
    second = pupil("other", pupil_number="2", eck_id=f"{ECK}b", given_name="Anna")
    old = roster([first, second])
    new = document([says("k", pupil_number="1", eck_id=f"{ECK}b", given_name="Anna")])
    asked = the(questions(diff(old, new)))
    assert asked.reason is Reason.KEYS_DISAGREE
    decisions = {identity(asked): Decision(SAME, second.id)}
    changes = diff(old, new, decisions)
    assert {(c.action, c.subject_id) for c in changes} == {
        (Action.UPDATE, second.id),
        (Action.ARCHIVE, first.id),
    }
    after = apply(changes, old)
    assert [one.active for one in (after.people[first.id], after.people[second.id])] == [
        False,
        True,
    ]
    assert diff(after, new, decisions) == []


def test_a_key_moves_at_once_where_who_has_it_gets_another() -> None:
    """Somtoday made both again, and Bram's record has Anna's key. Of a part nothing breaks."""
    anna = pupil("a", pupil_number="1", given_name="Anna", family_name="Aal")
    bram = pupil(None, pupil_number="2", given_name="Bram", family_name="Bos")
    rows = [("a", "2", "Bram", "Bos"), ("c", "1", "Anna", "Aal")]
    new = document(
        says(key, pupil_number=number, given_name=given, family_name=family)
        for key, number, given, family in rows
    )
    old, decisions = roster([anna, bram]), {"pupil:key:a": Decision(SAME, bram.id)}
    moved = diff(old, new, decisions)
    assert {one.subject_id: one.after for one in moved} == {
        anna.id: {"source_key": "c"},
        bram.id: {"source_key": "a"},
    }
    assert diff(apply(moved, old), new, decisions) == []
    for one in moved:
        part = apply([one], old)
        held = {who: person.source_key for who, person in part.people.items()}
        assert held == {anna.id: "c" if one.subject_id == anna.id else "a", bram.id: None}
        assert diff(apply(diff(part, new, decisions), part), new, decisions) == []


def test_a_decision_never_gives_one_person_to_two_records() -> None:
    old = roster([ANNA])
    new = document(
        [
            says("old", pupil_number="1", given_name="Anna", family_name="Aal"),
            says("x", pupil_number="7", family_name="Zee"),
        ]
    )
    decisions = {"pupil:key:x": Decision(SAME, ANNA.id)}
    found = diff(old, new, decisions)
    assert Counter(change.reason for change in found) == {Reason.SEVERAL_MATCH_ONE: 2}


def test_a_decision_on_somebody_of_another_role_or_erased_decides_nothing() -> None:
    mentor = employee("m", employee_code="JAN")
    new = document([HEIR])
    for old in (roster([ANNA, mentor]), roster([ANNA])):
        decisions = {"pupil:key:new": Decision(SAME, mentor.id)}
        assert the(questions(diff(old, new, decisions))).reason is Reason.NAME_DIFFERS


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (says("K", pupil_number="1"), "pupil:key:k"),
        (says(None, ref="r", eck_id="E", pupil_number="1"), "pupil:eck_id:e"),
        (says(None, ref="r", real_id="R", pupil_number="1"), "pupil:real_id:r"),
        (says(None, ref="r", pupil_number="007"), "pupil:number:7"),
        (says(None, PersonRole.EMPLOYEE, "r", employee_code="JaN"), "employee:number:jan"),
        (says(None, ref="r", email="a@b.nl", family_name="A"), None),
    ],
)
def test_the_strongest_key_names_somebody_for_the_next_time(
    record: object, expected: str | None
) -> None:
    assert source_identity(record) == expected  # type: ignore[arg-type]


def test_what_may_be_decided_of_which_question() -> None:
    every = {reason: possible_verdicts(reason, "i", is_key_held=False) for reason in Reason}
    assert {reason for reason, found in every.items() if NEW in found} == {
        Reason.MATCHES_SEVERAL,
        Reason.SEVERAL_MATCH_ONE,
        Reason.KEYS_DISAGREE,
        Reason.NAME_DIFFERS,
        Reason.SAME_NAME,
        Reason.ERASED_BEFORE,
    }
    assert every[Reason.TWICE_IN_SOURCE] == every[Reason.ROLE_DIFFERS] == {LEAVE}
    assert every[Reason.NEW_IN_SOURCE] == {LEAVE}
    assert possible_verdicts(Reason.KEYS_DISAGREE, "i", is_key_held=True) == {SAME, LEAVE}
    assert possible_verdicts(Reason.NO_KEY, None, is_key_held=False) == frozenset()


@unhurried
@given(rosters(), documents(), st.data())
def test_decided_questions_are_not_asked_again_and_nobody_is_doubled_or_merged(
    a: Roster, b: Document, data: st.DataObject
) -> None:
    asked = [one for one in questions(diff(a, b)) if one.source_identity]
    keys = {one.source_key for one in a.people.values()}
    decisions = {}
    for one in asked:
        key = one.after.get("source_key")
        may = possible_verdicts(one.reason, identity(one), is_key_held=key in keys - {None})
        verdict = data.draw(st.sampled_from(sorted(may)))
        named = one.candidate_ids[0] if verdict is SAME else None
        decisions[identity(one)] = Decision(verdict, named)
    changes = diff(a, b, decisions)
    after = apply(changes, a)
    subjects = Counter(change.subject_id for change in changes if change.subject_id)
    assert all(times == 1 for times in subjects.values())
    held = [one.source_key for one in after.people.values() if one.source_key is not None]
    assert len(held) == len(set(held))
    clash = {Reason.NUMBER_TAKEN, Reason.SEVERAL_MATCH_ONE, Reason.TWICE_IN_SOURCE}
    for one in questions(changes):
        decision = decisions.get(one.source_identity or "")
        again = decision is None or (decision.verdict is not LEAVE and one.reason in clash)
        assert again, "asked again only where decisions clash with each other or with a number"


@unhurried
@given(rosters(), documents())
def test_who_and_what_is_new_may_all_be_left_out_and_nobody_is_archived_for_it(
    a: Roster, b: Document
) -> None:
    changes = diff(a, b)
    new = [one for one in of(changes, Action.ADD) if one.kind is not ChangeKind.MEMBERSHIP]
    names = {one.subject_id: identity_of_new(one.kind, one.role, one.after) for one in new}
    assert None not in names.values(), "nobody comes in without a key"
    left = diff(a, b, {name: Decision(LEAVE) for name in names.values() if name})
    assert [one for one in of(left, Action.ADD) if one.kind is not ChangeKind.MEMBERSHIP] == []
    before, after = (
        {one.subject_id for one in of(of_kind(found, ChangeKind.PERSON), Action.ARCHIVE)}
        for found in (changes, left)
    )
    assert after <= before


@unhurried
@given(rosters(), documents())
def test_what_is_all_left_out_asks_nothing_and_archives_none_of_the_candidates(
    a: Roster, b: Document
) -> None:
    asked = [one for one in questions(diff(a, b)) if one.source_identity]
    changes = diff(a, b, {identity(one): Decision(LEAVE) for one in asked})
    assert not [one for one in questions(changes) if one.source_identity in map(identity, asked)]
    spared = {person for one in asked for person in one.candidate_ids}
    assert spared.isdisjoint(change.subject_id for change in of(changes, Action.ARCHIVE))


@pytest.mark.parametrize("verdict", Verdict)
def test_a_decision_on_a_number_is_of_who_had_it_then(verdict: Verdict) -> None:
    """A number that is given again leads to nobody's row without a word, and leaves nobody out."""
    old = roster([pupil(None, pupil_number="1", given_name="Anna", family_name="Aal")])
    (anna,) = old.people.values()
    heir = says(None, ref="1", pupil_number="01", given_name="Zoë", family_name="Zee")
    asked = the(questions(diff(old, document([heir]))))
    named = anna.id if verdict is SAME else None
    decisions = {identity(asked): Decision(verdict, named, asked.label)}
    after = apply(diff(old, document([heir]), decisions), old)
    made = next((one.id for one in after.people.values() if one.id != anna.id), named)
    decisions = {identity(asked): Decision(verdict, made, asked.label)}
    assert diff(after, document([heir]), decisions) == []
    for name in ("zoe", "Zoë"):
        same = heir.model_copy(update={"fields": {**heir.fields, "given_name": name}})
        assert questions(diff(after, document([same]), decisions)) == []
    third = says(None, ref="1", pupil_number="1", given_name="Bram", family_name="Bos")
    assert the(questions(diff(after, document([third]), decisions))).reason is Reason.NAME_DIFFERS
