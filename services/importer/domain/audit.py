"""An entry of the audit: who did what with whose data, and never what it said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID


class AuditAction(StrEnum):
    """What was done."""

    LOOK = "look"
    EXPORT = "export"
    CHANGE = "change"
    ERASE = "erase"
    RESOLVE = "resolve"
    MERGE = "merge"


@dataclass(frozen=True)
class AuditEntry:
    """One call, however many people it was about.

    A list that was shown is one entry with the ids of who was on it. What an import changed
    is one entry with its run: the run's own changes name the people. `facts` are filters and
    reasons, without personal data.
    """

    actor: str
    action: AuditAction
    what: str
    person_ids: tuple[UUID, ...] = ()
    run_id: UUID | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)


def look_at_changes(actor: str, run_id: UUID, rows: Iterable[Mapping[str, Any]]) -> AuditEntry:
    """A look at the controlescherm: at the people whose changes it showed, and at candidates."""
    people: dict[UUID, None] = {}
    for row in rows:
        whose = row["subject_id"] if row["kind"] == "person" else row["person_id"]
        people |= dict.fromkeys([whose, *row["candidate_ids"]] if whose else row["candidate_ids"])
    return AuditEntry(actor, AuditAction.LOOK, "changes", tuple(people), run_id)
