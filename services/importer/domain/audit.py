"""An entry of the audit: who did what with whose data, and never what it said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class AuditAction(StrEnum):
    """What was done."""

    LOOK = "look"
    EXPORT = "export"
    CHANGE = "change"
    ERASE = "erase"
    RESOLVE = "resolve"


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
