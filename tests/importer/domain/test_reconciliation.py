"""The proof: what is on record explains every difference, and nothing else is explained."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.change import Change
from services.importer.domain.diff import diff
from services.importer.domain.hand_changes import HAND_FIELDS
from services.importer.domain.reconciliation import (
    Cause,
    Difference,
    OnRecord,
    Write,
    explain,
)
from services.importer.domain.roster import Document, Roster
from services.importer.domain.taken_numbers import taken_numbers
from services.importer.domain.withdrawn import clear_withdrawn, said_by
from tests.importer.domain.builders import document, pupil, roster, says
from tests.importer.domain.strategies import documents, rosters, unhurried


def written_by(changes: list[Change], cause: Cause | None, after: Roster) -> list[Write]:
    """What the database notes of a plan that was applied, less what it skipped."""
    rows = {*after.people, *after.groups, *(one.id for one in after.memberships.values())}
    return [
        Write(
            one.subject_id,
            cause,
            one.action,
            {name: value for name, value in one.after.items() if name not in one.kept},
        )
        for one in changes
        if one.subject_id in rows and one.subject_id is not None
    ]


def unexplained(found: list[Difference]) -> list[Difference]:
    return [one for one in found if one.cause is Cause.UNEXPLAINED]


@st.composite
def recorded(draw: st.DrawFn) -> tuple[Roster, Document, OnRecord]:
    """A roster made by a plan with parts left out, then changed by hand, and the record of it."""
    roster, document = draw(rosters()), draw(documents())
    offered = diff(roster, document)
    chosen = draw(st.lists(st.sampled_from(offered), unique_by=id)) if offered else []
    rows = [one for one in chosen if one.subject_id]
    taken = taken_numbers(rows, roster)
    after = apply(chosen, roster)
    written = [one for place, one in enumerate(rows) if place not in taken]
    writes = written_by(written, None, after)
    editable = sorted(after.people)
    for person_id in draw(st.lists(st.sampled_from(editable), max_size=2)) if editable else []:
        name = draw(st.sampled_from(HAND_FIELDS))
        writes.append(by_hand(after, person_id, name, draw(st.sampled_from(["Hand", None]))))
    return after, document, OnRecord(offered, Cause.LEFT_OUT, writes)


def by_hand(roster: Roster, person_id: UUID, name: str, value: str | None) -> Write:
    person = roster.people[person_id]
    roster.people[person_id] = replace(
        person, fields={**person.fields, name: value}, held=person.held | {name}
    )
    return Write(person_id, Cause.BY_HAND, None, {name: value})


@unhurried
@given(recorded())
def test_whatever_was_left_out_or_changed_by_hand_nothing_is_unexplained(
    case: tuple[Roster, Document, OnRecord],
) -> None:
    roster, document, record = case
    assert unexplained(explain("somtoday", diff(roster, document), record)) == []


def about(one: Difference) -> set[UUID | None]:
    change = one.change
    return {change.subject_id, change.person_id, change.group_id, *change.candidate_ids}


def known(found: list[Difference]) -> set[tuple[str, Cause]]:
    return {(one.fingerprint, one.cause) for one in found}


def in_question(record: OnRecord) -> set[UUID]:
    """Whom an open question is about: nothing is proven of them before it is decided."""
    return {who for one in record.offered for who in one.candidate_ids}


@unhurried
@given(recorded(), st.sampled_from(["username", "leerjaar", "onderwijssoort"]), st.data())
def test_a_field_that_somebody_wrote_past_the_importer_is_exactly_what_is_unexplained(
    case: tuple[Roster, Document, OnRecord], name: str, data: st.DataObject
) -> None:
    roster, document, record = case
    people = sorted(roster.people.keys() - in_question(record))
    before = known(explain("somtoday", diff(roster, document), record))
    if not people:
        return
    person = roster.people[data.draw(st.sampled_from(people))]
    wrong = replace(person, fields={**person.fields, name: "Wrong"})
    tampered = replace(roster, people={**roster.people, person.id: wrong})
    changes = diff(tampered, document)
    differs = [one for one in changes if one.subject_id == person.id and name in one.after]
    found = explain("somtoday", changes, record)
    wrongs = unexplained(found)
    assert [one.change.subject_id for one in wrongs] == [one.subject_id for one in differs]
    assert all(one.change.before[name] == "Wrong" for one in wrongs)
    rest = known([one for one in found if person.id not in about(one)])
    assert rest <= before


@unhurried
@given(recorded(), st.data())
def test_a_row_that_somebody_archived_or_brought_back_past_the_importer_is_unexplained(
    case: tuple[Roster, Document, OnRecord], data: st.DataObject
) -> None:
    roster, document, record = case
    members = [
        one
        for one in roster.memberships.values()
        if one.person_id not in in_question(record) and one.group_id not in in_question(record)
    ]
    if not members:
        return
    member = data.draw(st.sampled_from(sorted(members, key=lambda one: one.id)))
    turned = replace(member, active=not member.active)
    tampered = replace(roster, memberships={**roster.memberships, member.key: turned})
    before = explain("somtoday", diff(roster, document), record)
    found = explain("somtoday", diff(tampered, document), record)
    was = {one.fingerprint for one in before}
    news = {one.fingerprint for one in found if one.fingerprint not in was}
    wrong = unexplained(found)
    assert {one.fingerprint for one in wrong} == news
    # A class of a list that was empty may now count as gone.
    touched = {member.id, member.person_id, member.group_id}
    assert all(one.change.subject_id in touched for one in wrong)


def test_what_was_withdrawn_of_somebody_does_not_hide_what_else_was_offered_of_them() -> None:
    old = roster([pupil("a", given_name="Fen", email="x@y.nl"), pupil("b")])
    said = document([says("a", given_name="Fenna")])
    found = diff(old, said)
    withdrawn = clear_withdrawn(old, said_by(said), {("pupil", "", "email")}, found)
    assert [one.action for one in (*found, *withdrawn)] == ["update", "archive", "clear"]
    explained = explain("somtoday", found, OnRecord([*found, *withdrawn], Cause.LEFT_OUT))
    assert {one.cause for one in explained} == {Cause.LEFT_OUT}
