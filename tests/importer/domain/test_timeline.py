"""What a timeline tells: every kind of thing that happens to a person, newest first."""

from datetime import timedelta
from typing import Any

import pytest

from services.importer.domain.change import Action, ChangeKind
from services.importer.domain.timeline import Happened, TimelineEvent, timeline_of
from shared.ids import new_id
from tests.importer.domain.strategies import MOMENT

FEN = new_id()


def changed(action: Action, kind: ChangeKind = ChangeKind.PERSON, **facts: Any) -> dict[str, Any]:
    empty = ("outcome_reason", "undoes", "requested_by", "approved_by", "group_id", "group_name")
    return {
        **dict.fromkeys(empty),
        "at": MOMENT,
        "kind": kind,
        "action": action,
        "person_id": FEN,
        "before": {},
        "after": {},
        "outcome": "applied",
        "reason": "x",
        "import_id": new_id(),
        "source": "somtoday",
        **facts,
    }


@pytest.mark.parametrize(
    ("action", "kind", "event"),
    [
        (Action.ADD, ChangeKind.PERSON, TimelineEvent.ADDED),
        (Action.UPDATE, ChangeKind.PERSON, TimelineEvent.CHANGED),
        (Action.CLEAR, ChangeKind.PERSON, TimelineEvent.CLEARED),
        (Action.ARCHIVE, ChangeKind.PERSON, TimelineEvent.ARCHIVED),
        (Action.REACTIVATE, ChangeKind.PERSON, TimelineEvent.CAME_BACK),
        (Action.ADD, ChangeKind.MEMBERSHIP, TimelineEvent.JOINED_GROUP),
        (Action.REACTIVATE, ChangeKind.MEMBERSHIP, TimelineEvent.JOINED_GROUP),
        (Action.ARCHIVE, ChangeKind.MEMBERSHIP, TimelineEvent.LEFT_GROUP),
    ],
)
def test_every_change_of_an_import_is_an_event(
    action: Action, kind: ChangeKind, event: TimelineEvent
) -> None:
    undone = new_id()
    (entry,) = timeline_of(Happened(changes=[changed(action, kind, undoes=undone)]))
    assert (entry.event, entry.undoes, entry.person_id) == (event, undone, FEN)


def test_hand_changes_decisions_merges_and_erasures_stand_in_their_order() -> None:
    into, at = new_id(), [MOMENT + timedelta(hours=hour) for hour in range(7)]
    by_hand = {"person_id": FEN, "changed_by": "user:anna"}
    values = {"before": {"prefix": None}, "after": {"prefix": "de"}}
    decision = {"person_id": FEN, "verdict": "same", "decided_by": "user:anna"}
    audit = {"actor": "user:anna", "person_id": FEN}
    entries = timeline_of(
        Happened(
            by_hand=[
                {"at": at[0], "released": False, **by_hand, **values},
                {"at": at[1], "released": True, **by_hand, **values},
            ],
            decisions=[
                {"decided_at": at[2], "revoked_at": at[3], "revoked_by": "user:bo", **decision}
            ],
            audited=[
                {"at": at[4], "action": "merge", "facts": {"into": str(into)}, **audit},
                {"at": at[5], "action": "erase", "facts": {"ground": "request"}, **audit},
            ],
            license_uses=[{"license_used_now": False}],
        )
    )
    assert [(one.event, one.reason, one.approved_by) for one in reversed(entries)] == [
        (TimelineEvent.CHANGED_BY_HAND, None, "user:anna"),
        (TimelineEvent.GIVEN_BACK, None, "user:anna"),
        (TimelineEvent.DECIDED, "same", "user:anna"),
        (TimelineEvent.DECISION_TAKEN_BACK, "same", "user:bo"),
        (TimelineEvent.MERGED, None, "user:anna"),
        (TimelineEvent.ERASED, "request", "user:anna"),
    ]
    assert entries[1].merged_into == into
    assert (entries[-1].before, entries[-1].after) == ({"prefix": None}, {"prefix": "de"})
