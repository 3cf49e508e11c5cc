from collections import Counter
from dataclasses import replace
from random import Random
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.change import SOURCE_KEY, Action, ChangeKind, Reason
from services.importer.domain.coverage import Coverage
from services.importer.domain.diff import diff
from services.importer.domain.normalise import bare_number, same
from services.importer.domain.plan import digest_of
from services.importer.domain.roster import Document, Roster
from shared.roster.document import GROUP_FIELDS, PERSON_FIELDS, GroupKind, PersonRole
from tests.importer.domain.builders import document, pupil, roster, says
from tests.importer.domain.reading import facts, of, of_kind, only_answers, read_with, settled
from tests.importer.domain.strategies import SCHOOLJAAR, documents, rosters, unhurried

Row = TypeVar("Row")
KNOWN = (Action.UPDATE, Action.ARCHIVE, Action.REACTIVATE)


@unhurried
@given(rosters(), documents())
def test_after_applying_all_every_person_says_what_the_source_says(a: Roster, b: Document) -> None:
    changes = diff(a, b)
    after = apply(changes, a)
    reading = read_with(after, b)
    for record in settled(b.people, of_kind(changes, ChangeKind.PERSON)):
        person = after.people[reading.people[record.ref]]
        was = a.people.get(person.id)
        assert person.active
        assert person.role is record.role
        assert record.key is None or person.source_key == record.key
        for name in PERSON_FIELDS:
            if name in record.fields:
                assert same(name, person.fields[name], record.fields[name])
            else:
                assert person.fields[name] == (was.fields[name] if was else None)


@unhurried
@given(rosters(), documents())
def test_after_applying_all_every_group_says_what_the_source_says(a: Roster, b: Document) -> None:
    changes = diff(a, b)
    after = apply(changes, a)
    reading = read_with(after, b)
    for record in settled(b.groups, of_kind(changes, ChangeKind.GROUP)):
        group = after.groups[reading.groups[record.ref]]
        assert group.active
        assert group.kind is record.group_kind
        assert group.schooljaar == SCHOOLJAAR
        if record.key is None:
            names = {(one.fields["name"] or "").casefold() for one in (group, record)}
            assert len(names) == 1, "capitals make no other class"
            continue
        assert group.source_key == record.key
        was = a.groups.get(group.id)
        for name in GROUP_FIELDS:
            if name in record.fields:
                assert same(name, group.fields[name], record.fields[name])
            else:
                assert group.fields[name] == (was.fields[name] if was else None)


@unhurried
@given(rosters(), documents())
def test_after_applying_all_people_are_in_the_groups_that_the_source_says(
    a: Roster, b: Document
) -> None:
    after = apply(diff(a, b), a)
    reading = read_with(after, b)
    coverage = Coverage.of(b.header)
    wanted = {
        (reading.people[one.person], reading.groups[one.group], one.role)
        for one in b.memberships
        if one.person in reading.people and one.group in reading.groups
    }
    present = {key for key, one in after.memberships.items() if one.active}
    assert wanted <= present
    known = set(reading.people.values())
    for key in present - wanted:
        person_id, group_id, role = key
        is_covered = after.groups[group_id].kind in coverage.kinds and role in coverage.member_roles
        assert person_id not in known or group_id in reading.disputed_groups or not is_covered
        assert a.memberships[key].active


@unhurried
@given(rosters(), documents())
def test_what_the_source_does_not_speak_of_keeps_its_memberships(a: Roster, b: Document) -> None:
    after = apply(diff(a, b), a)
    reading = read_with(after, b)
    coverage = Coverage.of(b.header)
    for key, membership in a.memberships.items():
        person_id, group_id, role = key
        is_there = after.people[person_id].active and after.groups[group_id].active
        is_covered = a.groups[group_id].kind in coverage.kinds and role in coverage.member_roles
        spoken_of = person_id in reading.people.values() and is_covered
        if membership.active and is_there and not spoken_of:
            assert after.memberships[key].active


@unhurried
@given(rosters(), documents())
def test_a_second_import_changes_nothing_but_what_the_first_asked_about(
    a: Roster, b: Document
) -> None:
    first = diff(a, b)
    second = diff(apply(first, a), b)
    assert only_answers(first, second)


def test_a_question_answers_itself_when_the_same_plan_takes_away_its_ground() -> None:
    # Whoever would be doubled by k1 coming back is not, once k2 has no RealId any more.
    away = pupil("k1", active=False, pupil_number="1", given_name="Fen", real_id="f@x")
    there = pupil("k2", pupil_number="2", given_name="Mo", real_id="f@x")
    said = document([says("k1", pupil_number="1"), says("k2", pupil_number="2", real_id=None)])
    old = roster([away, there])
    first = diff(old, said)
    assert [one.reason for one in of(first, Action.CONFLICT)] == [Reason.KEYS_DISAGREE]
    assert [one.subject_id for one in of(first, Action.UPDATE)] == [there.id]
    middle = apply(first, old)
    (back,) = diff(middle, said)
    assert (back.action, back.subject_id) == (Action.REACTIVATE, away.id)
    assert diff(apply([back], middle), said) == []


@unhurried
@given(rosters(), documents(), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(a: Roster, b: Document, random: Random) -> None:
    def shuffled(rows: list[Row]) -> list[Row]:
        return random.sample(rows, len(rows))

    other_a = Roster.of(
        a.version,
        shuffled(list(a.people.values())),
        shuffled(list(a.groups.values())),
        shuffled(list(a.memberships.values())),
    )
    other_b = Document(b.header, shuffled(b.people), shuffled(b.groups), shuffled(b.memberships))
    one, other = diff(a, b), diff(other_a, other_b)
    assert facts(other) == facts(one)
    assert digest_of(other, a.version) == digest_of(one, a.version)


@unhurried
@given(rosters(), documents())
def test_only_what_is_active_and_claimed_as_complete_is_archived(a: Roster, b: Document) -> None:
    claimed = set(b.header.complete_for)
    for change in of(diff(a, b), Action.ARCHIVE):
        assert change.subject_id is not None
        match change.kind:
            case ChangeKind.PERSON:
                person = a.people[change.subject_id]
                assert person.active
                assert person.role in claimed
            case ChangeKind.GROUP:
                group = a.groups[change.subject_id]
                assert group.active
                assert group.kind in claimed
            case ChangeKind.MEMBERSHIP:
                (ended,) = (m for m in a.memberships.values() if m.id == change.subject_id)
                assert ended.active
                assert a.groups[ended.group_id].kind in claimed


@unhurried
@given(rosters(), documents())
def test_a_csv_never_archives_employees_or_lesgroepen(a: Roster, b: Document) -> None:
    header = b.header.model_copy(
        update={"source": "csv", "complete_for": ("pupil", "employee", "stamgroep", "lesgroep")}
    )
    listed = Document(header, b.people, b.groups, b.memberships)
    for change in of(diff(a, listed), Action.ARCHIVE):
        assert change.role in {PersonRole.PUPIL, GroupKind.STAMGROEP}


@unhurried
@given(rosters(), documents())
def test_a_conflict_changes_nothing(a: Roster, b: Document) -> None:
    asked = of(diff(a, b), Action.CONFLICT)
    assert all(change.subject_id is None and change.choice is None for change in asked)
    assert apply(asked, a) == replace(a, version=a.version + 1)


@unhurried
@given(rosters(), documents())
def test_nobody_is_changed_twice_and_no_two_people_become_one(a: Roster, b: Document) -> None:
    changes = diff(a, b)
    subjects = Counter(change.subject_id for change in changes if change.subject_id)
    assert not [subject for subject, times in subjects.items() if times > 1]
    reading = read_with(apply(changes, a), b)
    meant: dict[object, object] = {}
    for record in b.people:
        if record.ref in reading.people:
            content = record.model_copy(update={"ref": ""})
            assert meant.setdefault(reading.people[record.ref], content) == content


@unhurried
@given(rosters(), documents())
def test_no_two_active_pupils_get_one_number_and_no_two_rows_one_key(
    a: Roster, b: Document
) -> None:
    after = apply(diff(a, b), a)
    moved = {
        person.id
        for person in after.people.values()
        if person.id not in a.people
        or (person.active and not a.people[person.id].active)
        or person.fields["pupil_number"] != a.people[person.id].fields["pupil_number"]
    }
    numbers = Counter(
        bare_number(person.fields["pupil_number"])
        for person in after.people.values()
        if person.active and person.role is PersonRole.PUPIL
    )
    for person_id in moved:
        person = after.people[person_id]
        if person.active and person.role is PersonRole.PUPIL and person.fields["pupil_number"]:
            assert numbers[bare_number(person.fields["pupil_number"])] == 1
    for rows in (after.people, after.groups):
        used = [row.source_key for row in rows.values() if row.source_key is not None]
        assert len(used) == len(set(used))


@unhurried
@given(rosters(), documents())
def test_before_and_after_are_those_of_the_row(a: Roster, b: Document) -> None:
    for change in of(diff(a, b), *KNOWN):
        assert change.subject_id is not None
        if change.kind is ChangeKind.PERSON:
            person = a.people[change.subject_id]
            values = {**person.fields, SOURCE_KEY: person.source_key}
            assert change.before == {name: values[name] for name in change.after}
            assert all(change.before[name] != value for name, value in change.after.items())
