"""Every word of ours that a school reads in a report or a problem list is Dutch."""

from enum import Enum

import pytest

from services.importer.domain.change import (
    SOURCE_KEY,
    Action,
    ChangeKind,
    Outcome,
    OutcomeReason,
    Reason,
)
from services.importer.domain.group_changes import SCHOOLJAAR
from services.importer.domain.report import FIELDS, in_dutch, report_rows
from shared.roster.document import (
    GROUP_FIELDS,
    PERSON_FIELDS,
    GroupKind,
    MemberRole,
    PersonRole,
)

# What Dutch schools call so themselves.
SAME = {"mentor", "stamgroep", "lesgroep"}


@pytest.mark.parametrize(
    "words",
    [Action, ChangeKind, Outcome, OutcomeReason, Reason, PersonRole, MemberRole, GroupKind],
    ids=lambda words: words.__name__,
)
def test_every_word_has_its_own_dutch(words: type[Enum]) -> None:
    told = {one.value: in_dutch(one.value) for one in words}
    assert [word for word, dutch in told.items() if word not in SAME and dutch == word] == []
    untold = [word for word, dutch in told.items() if dutch == word.replace("_", " ")]
    assert set(untold) <= SAME, "shown as it is for want of Dutch"
    assert len(set(told.values())) == len(told)


def test_every_field_has_its_own_dutch() -> None:
    assert {*PERSON_FIELDS, *GROUP_FIELDS, SOURCE_KEY, SCHOOLJAAR} == FIELDS.keys()
    assert len(set(FIELDS.values())) == len(FIELDS)


@pytest.mark.parametrize("action", list(Action))
def test_a_report_tells_each_field_that_changes(action: Action) -> None:
    """Also of what is cleared, and of an undo that archives who had come back."""
    facts = {"kind": "person", "role": "pupil", "label": "Anna", "reason": "undone"}
    outcome: dict[str, object] = {"outcome": "applied", "outcome_reason": None}
    outcome |= {"absent_since": None, "held": ["email"], "undone": ["prefix"]}
    outcome |= {"kept": ["email", "prefix", SOURCE_KEY]}
    before = {"email": "a", "prefix": None, SOURCE_KEY: "k1"}
    values = {"before": before, "after": {"email": None, "prefix": "de", SOURCE_KEY: "k2"}}
    rows = list(report_rows({"action": action, **facts, **outcome, **values}))
    fields = [row[4:7] for row in rows]
    if action in {Action.ADD, Action.CONFLICT}:
        assert fields == [(None, None, None)]
    else:
        hidden = ("sleutel in de bron", None, None)
        assert fields == [("e-mailadres", "a", None), ("tussenvoegsel", None, "de"), hidden]
        assert [row[8:] for row in rows] == [
            ("niet gekozen", "met de hand gewijzigd"),
            ("niet gekozen", "eerder teruggedraaid"),
            ("niet gekozen", "de sleutel in de bron is van iemand of iets anders"),
        ]
