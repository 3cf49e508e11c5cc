"""Nobody becomes another, and nobody is doubled, by a number or an ECK iD that changed."""

import pytest

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, Reason
from services.importer.domain.decisions import Decision, Verdict
from services.importer.domain.diff import diff
from services.importer.domain.roster import Person
from shared.roster.document import PersonRecord
from tests.importer.domain.builders import ECK, document, pupil, roster, says
from tests.importer.domain.reading import of

ANNA, BRAM = (
    pupil(None, pupil_number=number, given_name=name, family_name="Bos")
    for number, name in (("1", "Anna"), ("2", "Bram"))
)


def row(number: str, given: str, family: str = "Bos", **more: str) -> PersonRecord:
    fields = {"pupil_number": number, "given_name": given, "family_name": family, **more}
    return says(None, ref=f"{number} {given}", **fields)


def listed(*rows: PersonRecord, to: tuple[Person, ...] = (ANNA, BRAM)) -> list[Change]:
    return diff(roster(to), document(rows, source="csv"))


def test_a_brother_and_sister_whose_numbers_changed_places_in_a_list_are_asked_about() -> None:
    """One other name is a new name of one; not when somebody else is called so."""
    said = [row("2", "Anna"), row("1", "Bram")]
    asked = listed(*said)
    assert [change.reason for change in asked] == [Reason.NAME_DIFFERS] * 2
    assert all(set(change.candidate_ids) == {ANNA.id, BRAM.id} for change in asked)
    right = {
        str(one.source_identity): Decision(Verdict.SAME, whom.id, one.label)
        for one in asked
        for whom in (ANNA, BRAM)
        if one.after["given_name"] == whom.fields["given_name"]
    }
    numo, new = roster([ANNA, BRAM]), document(said, source="csv")
    after = apply(diff(numo, new, right), numo)
    names = {who: one.fields["given_name"] for who, one in after.people.items()}
    assert names == {ANNA.id: "Anna", BRAM.id: "Bram"}
    assert after.people[ANNA.id].fields["pupil_number"] == "2"
    assert diff(after, new, right) == []
    mended = document([row("1", "Anna"), row("2", "Bram")], source="csv")
    asked = diff(after, mended, right)
    assert [change.reason for change in asked] == [Reason.NAME_DIFFERS] * 2, "decided of a mistake"


def test_one_of_them_alone_is_asked_about_too() -> None:
    (asked,) = of(listed(row("1", "Bram")), Action.CONFLICT)
    assert (asked.reason, set(asked.candidate_ids)) == (Reason.NAME_DIFFERS, {ANNA.id, BRAM.id})


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row("1", "Annie"), row("2", "Bram")], id="a nickname"),
        pytest.param([row("1", "Bram"), row("2", "Bram")], id="a namesake, who is there"),
        pytest.param([row("1", "Anna"), row("02", "Bram", "Aal")], id="a marriage"),
    ],
)
def test_one_name_of_somebody_may_change(rows: list[PersonRecord]) -> None:
    assert of(listed(*rows), Action.CONFLICT, Action.ADD, Action.ARCHIVE) == []


def test_who_is_called_the_same_with_the_same_number_and_another_eck_id_is_not_doubled() -> None:
    """An ECK iD is another one in another sector."""
    known = pupil("k", pupil_number="1", given_name="Anna", family_name="Bos", eck_id=f"{ECK}a")
    (asked,) = listed(row("01", "Anna", eck_id=f"{ECK}b"), to=(known,))
    assert (asked.reason, asked.candidate_ids) == (Reason.KEYS_DISAGREE, (known.id,))
    added, left = listed(row("01", "Zoë", "Zee", eck_id=f"{ECK}b"), to=(known,))
    assert (added.action, left.action) == (Action.ADD, Action.ARCHIVE)
