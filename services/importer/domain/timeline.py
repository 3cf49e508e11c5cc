"""The timeline of one person: what happened, when, from where and by whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.importer.domain.change import Action, ChangeKind


class TimelineEvent(StrEnum):
    """What happened, or was proposed and did not happen: see the outcome."""

    ADDED = "added"
    CHANGED = "changed"
    ARCHIVED = "archived"
    CAME_BACK = "came_back"
    JOINED_GROUP = "joined_group"
    LEFT_GROUP = "left_group"
    LICENSE_USED = "license_used"
    ERASED = "erased"


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened to a person; what does not belong to its event is empty."""

    at: datetime
    event: TimelineEvent
    outcome: str = "applied"
    outcome_reason: str | None = None
    reason: str | None = None
    import_id: UUID | None = None
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


Rows = Iterable[Mapping[str, Any]]
_OF_PERSON = {
    Action.ADD: TimelineEvent.ADDED,
    Action.UPDATE: TimelineEvent.CHANGED,
    Action.ARCHIVE: TimelineEvent.ARCHIVED,
    Action.REACTIVATE: TimelineEvent.CAME_BACK,
}
_OF_IMPORT = (
    "at",
    "outcome",
    "outcome_reason",
    "reason",
    "import_id",
    "source",
    "requested_by",
    "approved_by",
    "before",
    "after",
    "group_id",
    "group_name",
)


def timeline_of(changes: Rows, license_uses: Rows, erasures: Rows) -> list[TimelineEntry]:
    """One list, newest first; of starts only those that used a license."""
    entries = [_import_entry(row) for row in changes]
    entries += [
        TimelineEntry(
            at=row["at"],
            event=TimelineEvent.LICENSE_USED,
            license_product=row["license_product"],
            schooljaar=row["schooljaar"],
            activity_kind=row["activity_kind"],
        )
        for row in license_uses
        if row["license_used_now"]
    ]
    entries += [
        TimelineEntry(
            at=row["at"],
            event=TimelineEvent.ERASED,
            reason=row["facts"].get("ground"),
            approved_by=row["actor"],
        )
        for row in erasures
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _import_entry(row: Mapping[str, Any]) -> TimelineEntry:
    action = Action(row["action"])
    event = _OF_PERSON[action]
    if row["kind"] == ChangeKind.MEMBERSHIP:
        left = action is Action.ARCHIVE
        event = TimelineEvent.LEFT_GROUP if left else TimelineEvent.JOINED_GROUP
    return TimelineEntry(event=event, **{name: row[name] for name in _OF_IMPORT})
