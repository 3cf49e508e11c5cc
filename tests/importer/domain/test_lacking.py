"""Whom a source could not show is still there: never archived, never taken out of a group."""

import pytest

from services.importer.domain.change import Action
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document
from shared.roster.document import GroupKind, MemberRole, PersonRole, ProblemRecord
from tests.importer.domain.builders import (
    document,
    employee,
    klas,
    member,
    pupil,
    roster,
    says,
    says_group,
)

STAMGROEP, LESGROEP = GroupKind.STAMGROEP, GroupKind.LESGROEP
ANNA, BRAM = pupil("a", family_name="A"), pupil("b", family_name="B")
CARLA = employee("c", family_name="C")
H3A, BIO = klas("h3a", "g"), klas("bio", "l", kind=LESGROEP)
NUMO = roster(
    [ANNA, BRAM, CARLA],
    [H3A, BIO],
    [member(ANNA, H3A), member(BRAM, H3A), member(CARLA, BIO, MemberRole.TEACHER)],
)


def lacking(missing: str | None, key: str | None) -> ProblemRecord:
    return ProblemRecord(code="row_not_readable", detail="x", place="y", missing=missing, key=key)


def archived(new: Document) -> set[str]:
    found = diff(NUMO, new)
    names = {row.id: row.source_key or "" for row in (*NUMO.people.values(), *NUMO.groups.values())}
    return {
        names.get(change.subject_id, "membership") if change.subject_id else ""
        for change in found
        if change.action is Action.ARCHIVE
    }


def test_without_a_problem_absence_is_proposed_as_leaving() -> None:
    assert archived(document()) == {"a", "b", "c", "g", "l"}


@pytest.mark.parametrize(
    ("missing", "key", "left"),
    [
        ("pupil", "a", {"b", "c", "g", "l"}),
        ("pupil", None, {"c", "g", "l"}),
        ("employee", "c", {"a", "b", "g", "l"}),
        ("employee", None, {"a", "b", "g", "l"}),
        ("stamgroep", "g", {"a", "b", "c", "l"}),
        ("lesgroep", None, {"a", "b", "c", "g"}),
        (None, None, {"a", "b", "c", "g", "l"}),
    ],
)
def test_whoever_may_be_the_unreadable_row_has_not_left(
    missing: str | None, key: str | None, left: set[str]
) -> None:
    new = document()
    new.problems.append(lacking(missing, key))
    assert archived(new) == left


@pytest.mark.parametrize("key", ["g", None])
def test_who_is_in_an_unreadable_group_stays_in_it(key: str | None) -> None:
    new = document(
        [says("a", family_name="A"), says("b", family_name="B"), says("c", PersonRole.EMPLOYEE)],
        [says_group("l", LESGROEP, name="bio")],
    )
    assert "membership" in archived(new)
    new.problems.append(lacking("stamgroep", key))
    ended = [change for change in diff(NUMO, new) if change.action is Action.ARCHIVE]
    assert {(change.role, change.group_id) for change in ended} == {("teacher", BIO.id)}
