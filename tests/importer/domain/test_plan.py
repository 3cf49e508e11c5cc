from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, ChangeKind, Choice, Reason
from services.importer.domain.diff import diff
from services.importer.domain.plan import digest_of, summarise
from services.importer.domain.roster import Document, Roster
from shared.ids import new_id
from tests.importer.domain.builders import document, pupil, roster, says
from tests.importer.domain.reading import of_kind
from tests.importer.domain.strategies import documents, rosters, unhurried

CHANGE = Change(
    kind=ChangeKind.PERSON,
    action=Action.UPDATE,
    reason=Reason.FIELDS_DIFFER,
    role="pupil",
    label="Anna",
    alias="id:1",
    subject_id=new_id(),
    choice=Choice.UPDATE,
    before={"email": "old@school.nl"},
    after={"email": "new@school.nl"},
)
OTHERWISE: dict[str, object] = {
    "kind": ChangeKind.GROUP,
    "action": Action.REACTIVATE,
    "reason": Reason.BACK_IN_SOURCE,
    "role": "employee",
    "alias": "id:2",
    "choice": Choice.ADD,
    "before": {"email": None},
    "after": {"email": "new@school.nl", "prefix": None},
    "candidate_ids": (new_id(),),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_the_digest_changes_with_every_part_of_a_change(name: str) -> None:
    other = CHANGE._replace(**{name: OTHERWISE[name]})
    assert digest_of([other], 1) != digest_of([CHANGE], 1)


def test_the_digest_changes_with_the_rosters_version_and_with_a_repeated_change() -> None:
    digests = {digest_of([CHANGE], 1), digest_of([CHANGE], 2), digest_of([CHANGE] * 2, 1)}
    assert len(digests | {digest_of([], 1)}) == 4


@unhurried
@given(rosters(), documents())
def test_computing_a_plan_again_gives_the_same_digest(a: Roster, b: Document) -> None:
    assert digest_of(diff(a, b), a.version) == digest_of(diff(a, b), a.version)


@unhurried
@given(rosters(), documents())
def test_a_summary_counts_every_change_once(a: Roster, b: Document) -> None:
    changes = diff(a, b)
    summary = summarise(changes)
    assert sum(summary["people"].values()) == len(of_kind(changes, ChangeKind.PERSON))
    for action in Action:
        numbers = {name: counts[action] for name, counts in summary.items()}
        assert numbers["people"] == numbers["pupils"] + numbers["employees"]
        in_all = numbers["people"] + numbers["groups"] + numbers["memberships"]
        assert in_all == Counter(change.action for change in changes)[action]


@unhurried
@given(rosters(), documents(), st.data())
def test_any_part_of_a_plan_leaves_numbers_unique(
    a: Roster, b: Document, data: st.DataObject
) -> None:
    changes = diff(a, b)
    chosen = data.draw(st.lists(st.sampled_from(changes), unique_by=id)) if changes else []
    after = apply(chosen, a)
    numbers = [
        person.fields["pupil_number"]
        for person in after.people.values()
        if person.active and person.role == "pupil" and person.fields["pupil_number"]
    ]
    assert len(numbers) == len(set(numbers))


def test_a_number_goes_to_nobody_while_its_holder_stays() -> None:
    old = roster([pupil(key, pupil_number=key) for key in "123"])
    rows = [says("1", pupil_number="2"), says("2", pupil_number="3"), says("3", pupil_number="4")]
    first, second, third = diff(old, document(rows))
    assert apply([first, second], old).people == old.people
    numbers = {
        p.source_key: p.fields["pupil_number"] for p in apply([second, third], old).people.values()
    }
    assert numbers == {"1": "1", "2": "3", "3": "4"}


def test_which_of_two_repeats_comes_first_makes_no_other_plan() -> None:
    one, other = (says(None, ref=ref, pupil_number="1") for ref in ("x", "y"))
    digests = {
        digest_of(diff(roster([]), document(rows)), 0) for rows in ([one, other], [other, one])
    }
    assert len(digests) == 1
