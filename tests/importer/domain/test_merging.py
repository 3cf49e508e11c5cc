"""Two people in Numo turn out to be one: what the one gets, and how the next imports read them."""

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, ChangeKind, Reason
from services.importer.domain.diff import diff
from services.importer.domain.hand_changes import HAND_FIELDS
from services.importer.domain.identity import Affiliation, Candidate, Login, Resolution, resolve
from services.importer.domain.merging import (
    NotMergeable,
    Objection,
    changed_by_merge,
    held_by_merge,
    joined_groups,
    merged_fields,
    objections,
    why_not_mergeable,
)
from services.importer.domain.roster import Document, Person, Roster
from services.importer.domain.undo import Applied, undo
from services.importer.domain.undone_places import Since
from shared.roster.document import PERSON_FIELDS, PersonRole, ProblemRecord
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
from tests.importer.domain.reading import of, only_answers
from tests.importer.domain.strategies import documents, rosters, unhurried

STAYS = pupil("k1", pupil_number="1", given_name="Fen", family_name="Vries", eck_id=f"{ECK}a")
GONE = replace(
    pupil("k2", active=False, pupil_number="2", given_name="Fenna", real_id="f@x"),
    merged_into=STAYS.id,
)
OWN = says("k1", pupil_number="1", given_name="Fen", family_name="Vries")
OTHER = says("k2", pupil_number="2", given_name="Fenna", family_name="de Vries")


def subjects(changes: list[Change]) -> set[UUID | None]:
    return {change.subject_id for change in changes}


@pytest.mark.parametrize("order", [[OWN, OTHER], [OTHER, OWN]])
def test_the_source_may_go_on_having_both_and_the_own_key_speaks(order: list[object]) -> None:
    assert diff(roster([STAYS, GONE]), document(order)) == []  # type: ignore[arg-type]


def test_memberships_of_both_records_are_those_of_the_one() -> None:
    h3a, h3b = klas("h3a", "g1"), klas("h3b", "g2")
    said = document(
        [OWN, OTHER],
        [says_group("g1", name="h3a"), says_group("g2", name="h3b")],
        [in_group("k1", "g1"), in_group("k2", "g2")],
    )
    changes = diff(roster([STAYS, GONE], [h3a, h3b], [member(STAYS, h3a)]), said)
    assert [(one.action, one.person_id, one.group_id) for one in changes] == [
        (Action.ADD, STAYS.id, h3b.id)
    ]


def test_the_key_of_who_went_alone_is_who_stayed_and_moves_nothing() -> None:
    old = roster([STAYS, GONE])
    (change,) = diff(old, document([OTHER]))
    assert (change.action, change.subject_id) == (Action.UPDATE, STAYS.id)
    assert "source_key" not in change.after
    assert diff(apply([change], old), document([OTHER])) == []


@pytest.mark.parametrize(
    "row",
    [
        says(None, ref="r", real_id="F@X"),
        says(None, ref="r", pupil_number="002", given_name="Fen", family_name="Vries"),
        says("k3", pupil_number="2", given_name="Fen", family_name="Vries"),
    ],
    ids=["RealId", "leerlingnummer", "new key and leerlingnummer"],
)
def test_every_key_of_who_went_leads_to_who_stayed(row: object) -> None:
    changes = diff(roster([STAYS, GONE]), document([row], source="csv"))  # type: ignore[list-item]
    assert subjects(changes) <= {STAYS.id}
    assert not of(changes, Action.ADD, Action.CONFLICT, Action.ARCHIVE)


def test_a_number_of_who_went_may_be_handed_on_but_a_change_of_name_is_asked_about() -> None:
    heir = says("k9", pupil_number="2", given_name="Zoë", family_name="Zee")
    (made,) = diff(roster([STAYS, GONE]), document([OWN, heir]))
    assert made.action is Action.ADD
    (asked,) = diff(roster([STAYS, GONE]), document([heir]))
    assert (asked.reason, asked.candidate_ids) == (Reason.NAME_DIFFERS, (STAYS.id,))


def test_two_rows_of_a_list_without_keys_stay_one_person_for_ever() -> None:
    # What speaks must not take the number that the other row goes by.
    stays = pupil(real_id="own@x", pupil_number="1", given_name="Fen", family_name="Vries")
    gone = replace(pupil(active=False, pupil_number="2"), merged_into=stays.id)
    vries = {"family_name": "Vries"}
    rows = [
        says(None, ref="a", pupil_number="1", **vries),
        says(None, ref="b", pupil_number="2", real_id="own@x", given_name="Fenna", **vries),
    ]
    old, said = roster([stays, gone]), document(rows, source="csv")
    (change,) = diff(old, said)
    assert (change.subject_id, dict(change.after)) == (stays.id, {"given_name": "Fenna"})
    assert diff(apply([change], old), said) == []


def test_rows_that_share_an_eck_id_are_no_dispute_once_they_are_one_person() -> None:
    rows = [
        says("k1", pupil_number="1", given_name="Fen", family_name="Vries", eck_id=f"{ECK}a"),
        says("k2", pupil_number="2", given_name="Fenna", eck_id=f"{ECK}a"),
    ]
    assert diff(roster([STAYS, GONE]), document(rows)) == []
    apart = roster([STAYS, replace(GONE, active=True, merged_into=None)])
    assert {one.reason for one in diff(apart, document(rows))} == {Reason.TWICE_IN_SOURCE}


def test_a_key_of_who_went_that_somebody_else_has_by_now_is_theirs() -> None:
    heir = pupil("k9", pupil_number="9", real_id="f@x", given_name="Zoë", family_name="Zee")
    row = says(None, ref="r", real_id="f@x", given_name="Zoé")
    (change,) = of(diff(roster([STAYS, GONE, heir]), document([row])), Action.UPDATE)
    assert change.subject_id == heir.id


def test_a_row_with_only_the_number_of_who_went_and_another_name_is_asked_about() -> None:
    rows = [
        says(None, ref="a", pupil_number="1", given_name="Fen", family_name="Vries"),
        says(None, ref="b", pupil_number="2", given_name="Zoë", family_name="Zee"),
    ]
    changes = diff(roster([STAYS, GONE]), document(rows, source="csv"))
    assert {one.reason for one in changes} == {Reason.NAME_DIFFERS, Reason.SEVERAL_MATCH_ONE}


def test_a_row_that_knows_only_the_old_name_is_asked_about_before_the_new_one_is_written() -> None:
    rows = [
        says(None, ref="a", eck_id=f"{ECK}a", given_name="Zoë", family_name="Zee"),
        says(None, ref="b", pupil_number="2", given_name="Fen", family_name="Vries"),
    ]
    changes = diff(roster([STAYS, GONE]), document(rows, source="csv"))
    assert {one.reason for one in changes} == {Reason.NAME_DIFFERS, Reason.SEVERAL_MATCH_ONE}


def test_a_row_with_their_number_and_another_eck_id_is_somebody_else() -> None:
    row = says(None, ref="a", real_id="f@x", eck_id=f"{ECK}b")
    rows = [row, says(None, ref="b", pupil_number="2", eck_id=f"{ECK}c")]
    stays = replace(STAYS, fields={**STAYS.fields, "eck_id": None, "pupil_number": None})
    changes = diff(roster([stays, GONE]), document(rows, source="csv"))
    assert [one.action for one in changes] == [Action.UPDATE, Action.ADD]


def test_who_stayed_has_not_left_when_the_row_of_the_other_key_cannot_be_read() -> None:
    said = document([])
    said.problems = [ProblemRecord(code="x", detail="x", place="x", missing="pupil", key="k2")]
    assert diff(roster([STAYS, GONE]), said) == []


def test_an_undo_does_not_bring_back_who_turned_out_to_be_another() -> None:
    done = Applied(ChangeKind.PERSON, Action.ARCHIVE, "pupil", GONE.id, {}, {})
    (asked,) = undo(roster([STAYS, GONE]), [done], [], Since(merged=[GONE.id]))
    assert asked.reason is Reason.EDITED_SINCE


@pytest.mark.parametrize("brought", [Action.ADD, Action.REACTIVATE])
def test_an_undo_does_not_take_away_who_was_there_before_under_another_key(brought: Action) -> None:
    done = Applied(ChangeKind.PERSON, brought, "pupil", STAYS.id, {}, {"given_name": "Fen"})
    (asked,) = undo(roster([STAYS, GONE]), [done], [], Since(merged=[GONE.id]))
    assert (asked.reason, asked.candidate_ids) == (Reason.EDITED_SINCE, (STAYS.id,))
    alone = undo(roster([STAYS, GONE]), [done], [], Since())
    assert [one.action for one in alone] == [Action.ARCHIVE]


def test_an_undo_gives_who_stayed_their_own_values_back() -> None:
    done = Applied(
        *(ChangeKind.PERSON, Action.UPDATE, "pupil", STAYS.id),
        *({"given_name": "Fenne"}, {"given_name": "Fen"}),
    )
    (back,) = undo(roster([STAYS, GONE]), [done], [], Since())
    assert (back.action, dict(back.after)) == (Action.UPDATE, {"given_name": "Fenne"})


def test_a_login_by_a_key_that_was_handed_on_is_who_has_it_now() -> None:
    led = Candidate(STAYS.id, PersonRole.PUPIL, active=True, real_id="f@x", is_led=True)
    heir = Candidate(UUID(int=9), PersonRole.PUPIL, active=True, real_id="F@x")
    login = Login(frozenset({Affiliation.STUDENT}), real_id="f@x")
    assert resolve(login, [led, heir]).person == heir
    assert resolve(login, [led, replace(heir, active=False)]).person == led


def test_a_login_with_keys_of_both_is_one_person() -> None:
    rows = [
        Candidate(STAYS.id, PersonRole.PUPIL, active=True, real_id="f@x", pupil_number="1"),
        Candidate(STAYS.id, PersonRole.PUPIL, active=True, real_id="f@x", pupil_number="2"),
    ]
    login = Login(frozenset({Affiliation.STUDENT}), real_id="f@x", profile_id="2@adm.school")
    found = resolve(login, rows)
    assert (found.resolution, found.person and found.person.id) == (
        Resolution.RESOLVED,
        STAYS.id,
    )


BEFORE = replace(GONE, active=True, merged_into=None)


@pytest.mark.parametrize(
    ("gone", "stays", "erased", "expected"),
    [
        (BEFORE, STAYS, (), None),
        (STAYS, STAYS, (), NotMergeable.SAME_PERSON),
        (employee("m"), STAYS, (), NotMergeable.ROLES_DIFFER),
        (BEFORE, STAYS, (STAYS.id,), NotMergeable.ERASED),
        (GONE, STAYS, (), NotMergeable.MERGED_BEFORE),
        (BEFORE, replace(STAYS, active=False), (), NotMergeable.ONLY_THE_OTHER_IS_THERE),
        (replace(BEFORE, active=False), replace(STAYS, active=False), (), None),
    ],
)
def test_who_cannot_be_merged(
    gone: Person, stays: Person, erased: tuple[UUID, ...], expected: NotMergeable | None
) -> None:
    assert why_not_mergeable(gone, stays, erased) is expected


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        (BEFORE, [Objection.BOTH_IN_SOURCE]),
        (replace(BEFORE, source_key=None), []),
        (replace(BEFORE, active=False), []),
        (pupil(eck_id=f"{ECK}b"), [Objection.ECK_IDS_DIFFER]),
        (pupil(eck_id=f"{ECK}A"), []),
    ],
)
def test_what_says_that_they_are_two(gone: Person, expected: list[Objection]) -> None:
    assert objections(gone, STAYS) == expected


VALUES = st.none() | st.sampled_from("abc")
PEOPLE = st.builds(
    lambda values, held, active: replace(
        pupil(active=active), fields=dict(zip(PERSON_FIELDS, values, strict=True)), held=held
    ),
    st.tuples(*[VALUES] * len(PERSON_FIELDS)),
    st.frozensets(st.sampled_from(HAND_FIELDS)),
    st.booleans(),
)


@given(PEOPLE, PEOPLE, st.frozensets(st.sampled_from(PERSON_FIELDS)))
def test_nothing_is_lost_of_who_stays_and_only_what_may_be_taken_is(
    gone: Person, stays: Person, take: frozenset[str]
) -> None:
    after = {one.field: one.becomes for one in merged_fields(gone, stays, take)}
    for name in PERSON_FIELDS:
        of_gone, of_stays = gone.fields[name], stays.fields[name]
        may = name in take and name in HAND_FIELDS
        expected = (of_gone or of_stays) if may else (of_stays or of_gone)
        if name == "pupil_number" and not gone.active:
            expected = of_stays  # the other one may have been handed on
        assert after.get(name) == expected
    changed = {one.field for one in changed_by_merge(merged_fields(gone, stays, take))}
    held = held_by_merge(gone, stays, take & frozenset(HAND_FIELDS))
    assert stays.held <= held <= set(HAND_FIELDS)
    assert held - stays.held <= changed


@unhurried
@given(rosters(), documents(), st.data())
def test_whatever_a_source_says_who_went_never_comes_back_and_nobody_is_doubled(
    a: Roster, b: Document, data: st.DataObject
) -> None:
    pupils = [one for one in a.people.values() if one.role is PersonRole.PUPIL]
    assume(len(pupils) > 1)
    stays, gone = data.draw(st.permutations(pupils))[:2]
    a.people[gone.id] = replace(gone, active=False, merged_into=stays.id)
    for key, one in a.memberships.items():
        if one.person_id == gone.id:
            a.memberships[key] = replace(one, active=False)
    assert joined_groups(gone, stays, a.memberships.values()) == [], "who went is in no group"
    changes = diff(a, b)
    assert gone.id not in subjects(changes)
    assert all(gone.id not in {one.person_id, *one.candidate_ids} for one in changes)
    times = Counter(one.subject_id for one in changes if one.subject_id)
    assert max(times.values(), default=1) == 1
    again = diff(apply(changes, a), b)
    assert gone.id not in subjects(again)
    assert only_answers(changes, again)
