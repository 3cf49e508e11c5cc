"""The timeline of one person: what happened, when, from where and by whom."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.importer.domain.audit import AuditAction
from services.importer.domain.change import Action, ChangeKind


class TimelineEvent(StrEnum):
    """What happened, or was proposed and did not happen: see the outcome."""

    ADDED = "added"
    CHANGED = "changed"
    CLEARED = "cleared"
    ARCHIVED = "archived"
    CAME_BACK = "came_back"
    JOINED_GROUP = "joined_group"
    LEFT_GROUP = "left_group"
    CHANGED_BY_HAND = "changed_by_hand"
    GIVEN_BACK = "given_back"
    DECIDED = "decided"
    DECISION_TAKEN_BACK = "decision_taken_back"
    LICENSE_USED = "license_used"
    MERGED = "merged"
    ERASED = "erased"


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened to a person; what does not belong to its event is empty.

    `person_id` is whose row it was: of who was merged there are several.
    """

    at: datetime
    event: TimelineEvent
    person_id: UUID | None = None
    outcome: str = "applied"
    outcome_reason: str | None = None
    reason: str | None = None
    import_id: UUID | None = None
    undoes: UUID | None = None
    source: str | None = None
    requested_by: str | None = None
    approved_by: str | None = None
    before: Mapping[str, str | None] = field(default_factory=dict)
    after: Mapping[str, str | None] = field(default_factory=dict)
    group_id: UUID | None = None
    group_name: str | None = None
    license_product: str | None = None
    schooljaar: str | None = None
    activity_kind: str | None = None
    merged_into: UUID | None = None


Rows = Iterable[Mapping[str, Any]]
_OF_PERSON = {
    Action.ADD: TimelineEvent.ADDED,
    Action.UPDATE: TimelineEvent.CHANGED,
    Action.CLEAR: TimelineEvent.CLEARED,
    Action.ARCHIVE: TimelineEvent.ARCHIVED,
    Action.REACTIVATE: TimelineEvent.CAME_BACK,
}
_OF_AUDIT = {AuditAction.ERASE: TimelineEvent.ERASED, AuditAction.MERGE: TimelineEvent.MERGED}
_OF_IMPORT = (
    "at",
    "person_id",
    "outcome",
    "outcome_reason",
    "reason",
    "import_id",
    "undoes",
    "source",
    "requested_by",
    "approved_by",
    "before",
    "after",
    "group_id",
    "group_name",
)
_OF_LICENSE = ("at", "person_id", "license_product", "schooljaar", "activity_kind")


@dataclass(frozen=True)
class Happened:
    """All rows that tell of one person; of starts only those that used a license are told."""

    changes: Rows = ()
    by_hand: Rows = ()
    decisions: Rows = ()
    license_uses: Rows = ()
    audited: Rows = ()


def timeline_of(happened: Happened) -> list[TimelineEntry]:
    """One list, newest first."""
    entries = [_import_entry(row) for row in happened.changes]
    entries += map(_hand_entry, happened.by_hand)
    for row in happened.decisions:
        entries += _decision_entries(row)
    entries += [
        TimelineEntry(event=TimelineEvent.LICENSE_USED, **{name: row[name] for name in _OF_LICENSE})
        for row in happened.license_uses
        if row["license_used_now"]
    ]
    entries += map(_audit_entry, happened.audited)
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _import_entry(row: Mapping[str, Any]) -> TimelineEntry:
    action = Action(row["action"])
    event = _OF_PERSON[action]
    if row["kind"] == ChangeKind.MEMBERSHIP:
        left = action is Action.ARCHIVE
        event = TimelineEvent.LEFT_GROUP if left else TimelineEvent.JOINED_GROUP
    return TimelineEntry(event=event, **{name: row[name] for name in _OF_IMPORT})


def _hand_entry(row: Mapping[str, Any]) -> TimelineEntry:
    given_back = row["released"]
    return TimelineEntry(
        at=row["at"],
        event=TimelineEvent.GIVEN_BACK if given_back else TimelineEvent.CHANGED_BY_HAND,
        person_id=row["person_id"],
        approved_by=row["changed_by"],
        before=row["before"],
        after=row["after"],
    )


def _decision_entries(row: Mapping[str, Any]) -> Iterator[TimelineEntry]:
    facts = {"person_id": row["person_id"], "reason": row["verdict"]}
    decided = TimelineEvent.DECIDED
    yield TimelineEntry(row["decided_at"], decided, approved_by=row["decided_by"], **facts)
    if row["revoked_at"] is not None:
        taken_back = TimelineEvent.DECISION_TAKEN_BACK
        yield TimelineEntry(row["revoked_at"], taken_back, approved_by=row["revoked_by"], **facts)


def _audit_entry(row: Mapping[str, Any]) -> TimelineEntry:
    into = row["facts"].get("into")
    return TimelineEntry(
        at=row["at"],
        event=_OF_AUDIT[AuditAction(row["action"])],
        person_id=row["person_id"],
        reason=row["facts"].get("ground"),
        approved_by=row["actor"],
        merged_into=None if into is None else UUID(into),
    )
