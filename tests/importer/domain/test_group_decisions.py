"""A question about a group is decided once, by the same rule as one about a person."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, ChangeKind, Reason
from services.importer.domain.decisions import (
    Decision,
    Verdict,
    group_identity,
    possible_verdicts,
)
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Roster
from shared.roster.document import GroupRecord
from tests.importer.domain.builders import (
    document,
    in_group,
    klas,
    member,
    pupil,
    roster,
    says,
    says_group,
)
from tests.importer.domain.reading import of, of_kind
from tests.importer.domain.strategies import SCHOOLJAAR, documents, rosters, unhurried

SAME, NEW, LEAVE = Verdict.SAME, Verdict.NEW, Verdict.LEAVE
NORTH, SOUTH = klas("1A", "g1", site="12AB00"), klas("1A", "g2", site="12AB01")
ANNA = pupil(pupil_number="1")
SCHOOL = roster([ANNA], [NORTH, SOUTH], [member(ANNA, NORTH)])
LISTED = document(
    [says(None, ref="r", pupil_number="1")],
    [says_group(None, name="1A")],
    [in_group("r", "1A:None")],
    source="csv",
)


def questions(changes: list[Change]) -> list[Change]:
    return of(of_kind(changes, ChangeKind.GROUP), Action.CONFLICT)


def identity(change: Change) -> str:
    assert change.source_identity is not None
    return change.source_identity


def the(found: list[Change]) -> Change:
    (one,) = found
    return one


def test_this_one_is_that_class_and_its_pupils_are_in_it() -> None:
    asked = the(questions(diff(SCHOOL, LISTED)))
    decisions = {identity(asked): Decision(SAME, SOUTH.id)}
    changes = diff(SCHOOL, LISTED, decisions)
    joined = the(of(of_kind(changes, ChangeKind.MEMBERSHIP), Action.ADD))
    assert (joined.group_id, questions(changes)) == (SOUTH.id, [])
    assert diff(apply(changes, SCHOOL), LISTED, decisions) == []


def test_a_new_class_is_made_once_and_stays_the_one_that_was_made() -> None:
    asked = the(questions(diff(SCHOOL, LISTED)))
    changes = diff(SCHOOL, LISTED, {identity(asked): Decision(NEW)})
    made = the(of(of_kind(changes, ChangeKind.GROUP), Action.ADD))
    assert made.source_identity == identity(asked), "so that the decision learns which was made"
    known = {identity(asked): Decision(NEW, made.subject_id)}
    assert not questions(diff(apply(changes, SCHOOL), LISTED, known))


def test_what_was_decided_of_a_class_holds_in_whatever_capitals_it_is_written() -> None:
    decided = {identity(the(questions(diff(SCHOOL, LISTED)))): Decision(SAME, SOUTH.id)}
    small = says_group(None, name="1a")
    again = document(LISTED.people, [small], [in_group("r", small.ref)], source="csv")
    assert diff(apply(diff(SCHOOL, LISTED, decided), SCHOOL), again, decided) == []


def test_a_class_that_is_left_out_ends_and_archives_nothing() -> None:
    asked = the(questions(diff(SCHOOL, LISTED)))
    assert diff(SCHOOL, LISTED, {identity(asked): Decision(LEAVE)}) == []


def test_a_class_that_is_twice_in_the_source_can_only_be_left_out() -> None:
    twice = [says_group("g1", name="1A"), says_group("g1", name="1A", leerjaar="4")]
    asked = questions(diff(SCHOOL, document(groups=twice)))
    assert {change.reason for change in asked} == {Reason.TWICE_IN_SOURCE}
    left = {identity(one): Decision(LEAVE) for one in asked}
    changes = diff(SCHOOL, document(groups=twice), left)
    assert (questions(changes), NORTH.id in {one.subject_id for one in changes}) == ([], False)


def test_a_decision_moves_no_key_of_another_class() -> None:
    held = {"stamgroep:key:g1": Decision(SAME, SOUTH.id)}
    changes = diff(SCHOOL, document(groups=[says_group("g1", name="1B")]), held)
    renamed = the(of(of_kind(changes, ChangeKind.GROUP), Action.UPDATE))
    assert (renamed.subject_id, renamed.after) == (SOUTH.id, {"name": "1B"})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (says_group("K", name="1A"), "stamgroep:key:k"),
        (
            says_group(None, name="1A", vestiging_code="12AB00"),
            f"stamgroep:name:{SCHOOLJAAR}:12AB00:1a",
        ),
        (says_group(None, name="1A"), f"stamgroep:name:{SCHOOLJAAR}::1a"),
        (says_group(None, name="1a"), f"stamgroep:name:{SCHOOLJAAR}::1a"),
    ],
)
def test_a_name_means_a_class_within_one_schooljaar_only(
    record: GroupRecord, expected: str
) -> None:
    assert group_identity(record, SCHOOLJAAR) == expected


@unhurried
@given(rosters(), documents(), st.data())
def test_decided_questions_are_not_asked_again_and_no_group_is_doubled(
    a: Roster, b: Document, data: st.DataObject
) -> None:
    keys = {one.source_key for one in a.groups.values()} - {None}
    decisions = {}
    for one in questions(diff(a, b)):
        is_held = one.after.get("source_key") in keys
        may = possible_verdicts(one.reason, identity(one), is_key_held=is_held)
        verdict = data.draw(st.sampled_from(sorted(may)))
        named = one.candidate_ids[0] if verdict is SAME else None
        decisions[identity(one)] = Decision(verdict, named)
    changes = diff(a, b, decisions)
    subjects = Counter(change.subject_id for change in changes if change.subject_id)
    assert all(times == 1 for times in subjects.values())
    held = [one.source_key for one in apply(changes, a).groups.values() if one.source_key]
    assert len(held) == len(set(held))
    for one in questions(changes):
        decision = decisions.get(identity(one))
        clash = one.reason is Reason.SEVERAL_MATCH_ONE and decision != Decision(LEAVE)
        assert decision is None or clash, "asked again only where decisions clash"
