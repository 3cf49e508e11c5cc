"""Classes and who is in them, and what a CSV may say of them after a Somtoday import."""

from dataclasses import replace
from itertools import permutations

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, ChangeKind, Choice, Reason
from services.importer.domain.diff import diff
from services.importer.domain.membership_changes import orphans
from services.importer.domain.roster import Roster
from shared.roster.document import GroupKind, MemberRole, PersonRole
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
from tests.importer.domain.reading import of_kind


def seen(changes: list[Change]) -> set[tuple[str, str]]:
    return {(change.kind, change.action) for change in changes}


def test_a_class_name_used_again_next_year_is_another_class() -> None:
    last_year = klas("H4A", "g1", schooljaar="2025-2026")
    changes = diff(roster([], [last_year]), document(groups=[says_group("g2", name="H4A")]))
    assert {(change.action, change.subject_id == last_year.id) for change in changes} == {
        (Action.ADD, False),
        (Action.ARCHIVE, True),
    }


def test_a_renamed_class_stays_the_same_class_with_its_pupils() -> None:
    anna, h4a = pupil("a"), klas("H4A", "g")
    old = roster([anna], [h4a], [member(anna, h4a)])
    (change,) = diff(
        old, document([says("a")], [says_group("g", name="H4Q")], [in_group("a", "g")])
    )
    assert (change.subject_id, change.after) == (h4a.id, {"name": "H4Q"})


def test_one_name_at_two_vestigingen_is_two_classes() -> None:
    north, south = klas("1A", site="12AB00"), klas("1A", site="12AB01")
    rows = [
        says_group(None, name="1A", vestiging_code="12AB00"),
        says_group(None, name="1A", vestiging_code="12AB01"),
    ]
    assert diff(roster([], [north, south]), document(groups=rows, source="csv")) == []


def test_an_archived_class_without_vestiging_does_not_come_back_as_that_of_another() -> None:
    here, gone = klas("1A"), klas("1A", active=False)
    rows = [says_group(None, name="1A"), says_group(None, name="1A", vestiging_code="12AB00")]
    listed = document(groups=rows, source="csv")
    numo = roster([], [here, gone])
    changes = diff(numo, listed)
    assert [(change.action, change.subject_id in numo.groups) for change in changes] == [
        (Action.ADD, False)
    ]
    assert diff(apply(changes, numo), listed) == []


def test_a_class_name_that_fits_two_is_a_question_and_ends_no_membership() -> None:
    north, south = klas("1A", "g1", site="12AB00"), klas("1A", "g2", site="12AB01")
    anna = pupil(pupil_number="1")
    old = roster([anna], [north, south], [member(anna, north)])
    row = says(None, ref="r", pupil_number="1")
    listed = document(
        [row], [says_group(None, name="1A")], [in_group("r", "1A:None")], source="csv"
    )
    (change,) = diff(old, listed)
    assert change.reason is Reason.MATCHES_SEVERAL
    assert set(change.candidate_ids) == {north.id, south.id}


def test_a_class_with_the_key_of_a_lesgroep_is_a_question() -> None:
    lesgroep = klas("h4bBIO", "g", kind=GroupKind.LESGROEP)
    (change,) = diff(roster([], [lesgroep]), document(groups=[says_group("g", name="H4B")]))
    assert change.reason is Reason.ROLE_DIFFERS


def test_a_disputed_class_of_this_year_does_not_spare_that_of_last_year() -> None:
    last_year = klas("H4A", schooljaar="2025-2026")
    twice = [says_group("g", name="H4A"), says_group("g", name="H4A", leerjaar="4")]
    changes = diff(roster([], [last_year]), document(groups=twice))
    archived = [change.subject_id for change in changes if change.action is Action.ARCHIVE]
    assert archived == [last_year.id]


def test_a_membership_of_nobody_or_nowhere_is_counted_and_left_out() -> None:
    lost = [in_group("nobody", "g"), in_group("a", "nowhere"), in_group("a", "g")]
    whole = document([says("a")], [says_group("g", name="H4A")], lost)
    assert orphans(whole) == 2
    changes = [one for one in diff(roster([]), whole) if one.kind is ChangeKind.MEMBERSHIP]
    assert len(changes) == 1


def test_a_new_pupils_membership_belongs_to_toevoegen_and_a_move_to_bijwerken() -> None:
    anna, h4a, h4b = pupil("a"), klas("H4A", "g1"), klas("H4B", "g2")
    groups = [says_group("g1", name="H4A"), says_group("g2", name="H4B")]
    rows = document([says("a"), says("b")], groups, [in_group("a", "g2"), in_group("b", "g2")])
    changes = diff(roster([anna], [h4a, h4b], [member(anna, h4a)]), rows)
    members = [one for one in changes if one.kind is ChangeKind.MEMBERSHIP]
    assert {(one.action, one.choice, one.person_id == anna.id) for one in members} == {
        (Action.ADD, Choice.ADD, False),
        (Action.ADD, Choice.UPDATE, True),
        (Action.ARCHIVE, Choice.UPDATE, True),
    }


def test_a_teacher_who_becomes_mentor_keeps_the_group() -> None:
    jan, h4a = employee("j"), klas("H4A", "g")
    old = roster([jan], [h4a], [member(jan, h4a, MemberRole.TEACHER)])
    mentor = in_group("j", "g", MemberRole.MENTOR)
    both = [in_group("j", "g", MemberRole.TEACHER), mentor]
    people, groups = [says("j", PersonRole.EMPLOYEE)], [says_group("g", name="H4A")]
    (change,) = diff(old, document(people, groups, both))
    assert (change.action, change.role) == (Action.ADD, MemberRole.MENTOR)
    assert seen(diff(old, document(people, groups, [mentor]))) == {
        ("membership", "add"),
        ("membership", "archive"),
    }


def test_who_leaves_leaves_every_group_without_a_row_for_each() -> None:
    anna, h4a = pupil("a"), klas("H4A", "g")
    old = roster([anna], [h4a], [member(anna, h4a)])
    changes = diff(old, document(groups=[says_group("g", name="H4A")]))
    assert seen(changes) == {("person", "archive")}
    assert not any(one.active for one in apply(changes, old).memberships.values())


def test_a_docent_without_lesgroep_and_a_lesgroep_without_docent_are_fine() -> None:
    people = [says("j", PersonRole.EMPLOYEE, given_name="Jan")]
    lesgroep = says_group("g", GroupKind.LESGROEP, name="h4bBIO", vak=None)
    whole = document(people, [lesgroep])
    assert diff(apply(diff(roster([]), whole), roster([])), whole) == []


def _after_somtoday() -> Roster:
    people = [
        says("a", pupil_number="123", given_name="Zoë", family_name="Vos", email="zoe@school.nl"),
        says("j", PersonRole.EMPLOYEE, employee_code="JAN", given_name="Jan", family_name="Mol"),
    ]
    groups = [
        says_group("g1", name="H4A", leerjaar="4", onderwijssoort="HAVO", vestiging_code="12AB00"),
        says_group("g2", GroupKind.LESGROEP, name="h4bBIO", vak="bi", vestiging_code="12AB00"),
    ]
    members = [
        in_group("a", "g1"),
        in_group("a", "g2"),
        in_group("j", "g1", MemberRole.MENTOR),
        in_group("j", "g2", MemberRole.TEACHER),
    ]
    return apply(diff(roster([]), document(people, groups, members)), roster([]))


def test_a_csv_after_a_somtoday_import_finds_the_same_people_and_changes_nothing() -> None:
    people = [
        says(None, ref="1", pupil_number="00123", given_name="Zoe\u0308", family_name="Vos"),
        says(None, PersonRole.EMPLOYEE, ref="2", employee_code="jan", given_name="Jan"),
    ]
    for site in ({}, {"vestiging_code": "12AB00"}):
        group = says_group(None, name="H4A", **site)
        listed = document(people, [group], [in_group("1", group.ref)], source="csv")
        assert diff(_after_somtoday(), listed) == []


def test_a_withdrawn_field_is_never_blanked_and_an_empty_one_is() -> None:
    old = _after_somtoday()
    absent = document([says("a")], complete=())
    assert diff(old, absent) == []
    empty = document([says("a", email=None)], complete=())
    (change,) = diff(old, empty)
    assert (change.before, change.after) == ({"email": "zoe@school.nl"}, {"email": None})


def test_a_csv_pupil_who_appears_in_somtoday_gets_its_key_and_so_does_the_class() -> None:
    anna, h4a = pupil(None, pupil_number="0123", given_name="Anna"), klas("H4A")
    old = roster([anna], [h4a], [member(anna, h4a)])
    people = [says("a", pupil_number="123", given_name="Anna")]
    groups = [says_group("g", name="H4A", vestiging_code="12AB00")]
    changes = diff(old, document(people, groups, [in_group("a", "g")]))
    assert {(one.kind, one.subject_id, one.after["source_key"]) for one in changes} == {
        ("person", anna.id, "a"),
        ("group", h4a.id, "g"),
    }


def test_a_class_in_capitals_is_the_same_class_unless_there_is_one_of_the_very_name() -> None:
    anna, h4a = pupil("a", pupil_number="1"), klas("h4a", "g")
    old = roster([anna], [h4a], [member(anna, h4a)])
    rows = [says(None, ref="r", pupil_number="1")]
    listed = document(
        rows, [says_group(None, name="H4A")], [in_group("r", "H4A:None")], source="csv"
    )
    assert diff(old, listed) == []
    capitals = replace(h4a, source_key=None, fields={**h4a.fields, "name": "H4A"})
    told = document([says("a")], [says_group("g", name="h4a")], [in_group("a", "g")])
    (change,) = diff(roster([anna], [capitals], [member(anna, capitals)]), told)
    assert (change.subject_id, change.after) == (h4a.id, {"name": "h4a", "source_key": "g"})
    other = klas("H4A", "other")
    both = roster([anna], [h4a, other], [member(anna, h4a)])
    (added,) = of_kind(diff(both, listed), ChangeKind.MEMBERSHIP)
    assert (added.action, added.group_id) == (Action.ADD, other.id)


def test_a_class_that_a_typist_writes_in_two_ways_is_one_class_of_all_its_pupils() -> None:
    """Called as most rows have it, in whatever order they come; by Numo's name where it has one."""
    rows = [says(None, ref=ref, pupil_number=ref, given_name=f"P{ref}") for ref in "1234"]
    ways = [says_group(None, name=name) for name in ("h4é", "H4e\u0301", "H4É")]
    refs = [ways[at].ref for at in (0, 1, 2, 2)]
    members = [in_group(row.ref, ref) for row, ref in zip(rows, refs, strict=True)]
    for groups in (ways, ways[::-1]):
        listed = document(rows, groups, members, source="csv")
        made = apply(diff(roster([]), listed), roster([]))
        ((class_id, one),) = made.groups.items()
        assert one.fields["name"] == "H4É"
        assert [group_id for _, group_id, _ in made.memberships] == [class_id] * 4
        assert diff(made, listed) == []
        kept = replace(one, fields={**one.fields, "name": "h4é"})
        assert diff(replace(made, groups={class_id: kept}), listed) == []
    # As many of each: the first of the names, and not of the rows.
    for said in (members[:3], members[2::-1]):
        changes = diff(roster([]), document(rows[:3], ways, said, source="csv"))
        (one,) = of_kind(changes, ChangeKind.GROUP)
        assert one.after["name"] == "H4é"


def test_two_classes_of_numo_that_differ_in_capitals_only_stay_two() -> None:
    anna, bram = pupil("a", pupil_number="1"), pupil("b", pupil_number="2")
    small, large = klas("h4a", "g"), klas("H4A", "other")
    school = roster([anna, bram], [small, large], [member(anna, small), member(bram, large)])
    rows = [says(None, ref=number, pupil_number=number) for number in "12"]
    groups = [says_group(None, name=name) for name in ("h4a", "H4A")]
    members = [in_group(row.ref, one.ref) for row, one in zip(rows, groups, strict=True)]
    assert diff(school, document(rows, groups, members, source="csv")) == []


def test_a_class_in_two_spellings_beside_its_namesake_at_a_vestiging_stays_one() -> None:
    ways = (("h4a", None), ("H4A", None), ("H4A", "12AB00"))
    for order in permutations(ways):
        groups = [says_group(None, name=name, vestiging_code=site) for name, site in order]
        listed = document([], groups, source="csv")
        made = apply(diff(roster([]), listed), roster([]))
        assert len(made.groups) == 2
        assert diff(made, listed) == []


def test_a_narrowed_doelgroep_archives_only_what_the_source_still_claims_whole() -> None:
    old = _after_somtoday()
    assert seen(diff(old, document(complete=("pupil",)))) == {("person", "archive")}
    assert diff(old, document(complete=())) == []


def test_members_of_a_group_that_the_source_lost_stay_until_it_is_archived() -> None:
    anna, h3a, bio = pupil("a"), klas("h3a", "g"), klas("bio", "l", kind=GroupKind.LESGROEP)
    school = roster([anna], [h3a, bio], [member(anna, h3a), member(anna, bio)])
    narrowed = document([says("a")], [says_group("g", name="h3a")], [in_group("a", "g")])
    changes = diff(school, narrowed)
    assert [(change.kind, change.action) for change in changes] == [
        (ChangeKind.GROUP, Action.ARCHIVE)
    ]
    after = apply(changes, school)
    assert {key[1] for key, found in after.memberships.items() if found.active} == {h3a.id}
