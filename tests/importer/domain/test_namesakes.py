"""Nobody is doubled without a word: who would be new but is called as somebody is a question."""

from dataclasses import replace

import pytest

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, Reason
from services.importer.domain.decisions import Decision, Verdict
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Person
from shared.ids import new_id
from shared.roster.document import PersonRole
from tests.importer.domain.builders import ECK, document, employee, pupil, roster, says

ANNA = pupil("k", given_name="Anna", prefix="van der", family_name="Vos", email="anna@school.nl")
LISTED = {"given_name": "Anna", "prefix": "van der", "family_name": "Vos"}


def listed(**fields: str | None) -> Document:
    """A list of one pupil with number 9, whom no key leads to."""
    row = says(None, ref="9", **{"pupil_number": "9", **LISTED, **fields})
    return document([row], source="csv", complete=("pupil",))


def only(changes: list[Change]) -> Change:
    (change,) = changes
    return change


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"given_name": "ANNA", "family_name": "Vós"},
        {"prefix": None, "family_name": "van der Vos"},
        {"prefix": None},
        {"prefix": None, "family_name": "Bos", "email": "Anna@School.nl"},
    ],
    ids=["same", "case and accent", "prefix elsewhere", "no prefix", "another name, one address"],
)
def test_a_list_without_the_keys_that_numo_knows_asks_and_doubles_nobody(
    fields: dict[str, str | None],
) -> None:
    change = only(diff(roster([ANNA]), listed(**fields)))
    assert (change.action, change.reason) == (Action.CONFLICT, Reason.SAME_NAME)
    assert change.candidate_ids == (ANNA.id,)
    assert change.source_identity == "pupil:number:9"


@pytest.mark.parametrize(
    "fields",
    [
        {"given_name": "Bea"},
        {"given_name": "Bea", "email": "anna@school.nl"},
        {"family_name": "Bos"},
        {"family_name": "Bos", "email": "nvt"},
    ],
    ids=["sister", "twin with one address", "another", "no address"],
)
def test_who_is_called_otherwise_is_somebody_new(fields: dict[str, str]) -> None:
    known = pupil("k", given_name="Anna", prefix="van der", family_name="Vos", email="nvt")
    for one in (ANNA, known):
        actions = {change.action for change in diff(roster([one]), listed(**fields))}
        assert actions == {Action.ADD, Action.ARCHIVE}


@pytest.mark.parametrize(
    "other",
    [
        employee("k", **LISTED),
        pupil("k", eck_id=f"{ECK}one", **LISTED),
        replace(pupil("k", active=False, **LISTED), merged_into=new_id()),
    ],
    ids=["a docent", "another ECK iD", "merged"],
)
def test_of_who_cannot_be_meant_nothing_is_asked(other: Person) -> None:
    changes = diff(roster([other]), listed(eck_id=f"{ECK}other"))
    assert Action.ADD in {change.action for change in changes}
    assert Action.CONFLICT not in {change.action for change in changes}


def test_who_returns_with_another_number_is_asked_to_be_who_they_were() -> None:
    away = pupil("k", active=False, pupil_number="1", **LISTED)
    asked = only(diff(roster([away]), listed()))
    assert (asked.reason, asked.candidate_ids) == (Reason.SAME_NAME, (away.id,))
    there = replace(ANNA, id=new_id())
    assert only(diff(roster([away, there]), listed())).candidate_ids == (there.id,)
    decisions = {asked.source_identity or "": Decision(Verdict.SAME, away.id, asked.label)}
    back = only(diff(roster([away]), listed(), decisions))
    assert (back.action, back.subject_id) == (Action.REACTIVATE, away.id)


def test_a_namesake_of_who_is_in_the_source_is_new() -> None:
    both = document([says("k", **LISTED), says("new", pupil_number="9", **LISTED)])
    known = roster([pupil("k", **LISTED)])
    assert only(diff(known, both)).action is Action.ADD
    assert [one.action for one in diff(roster([]), both)] == [Action.ADD, Action.ADD]


def test_a_docent_with_another_code_is_asked_about_too() -> None:
    known = employee("m", employee_code="VOS", **LISTED)
    row = says(None, PersonRole.EMPLOYEE, "r", employee_code="VSA", **LISTED)
    change = only(diff(roster([known]), document([row], source="csv", complete=())))
    assert (change.reason, change.candidate_ids) == (Reason.SAME_NAME, (known.id,))


def test_each_answer_is_remembered_and_makes_one_two_or_none() -> None:
    old, new = roster([ANNA]), listed()
    asked = only(diff(old, new))
    assert asked.source_identity is not None

    def answered(verdict: Verdict, person: Person | None = None) -> list[Change]:
        decision = Decision(verdict, person and person.id, asked.label)
        return diff(old, new, {asked.source_identity or "": decision})

    changed = only(answered(Verdict.SAME, ANNA))
    assert (changed.action, changed.after) == (Action.UPDATE, {"pupil_number": "9"})
    assert diff(apply([changed], old), new) == []
    made, left = answered(Verdict.NEW)
    assert (made.action, left.action, left.subject_id) == (Action.ADD, Action.ARCHIVE, ANNA.id)
    assert diff(apply([made, left], old), new) == []
    assert answered(Verdict.LEAVE) == []
