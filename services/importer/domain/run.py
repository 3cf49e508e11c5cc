"""One import from source to applied: its states, and which may follow which."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.importer.domain.brake import Brake


class Source(StrEnum):
    """Where an import's roster comes from."""

    SOMTODAY = "somtoday"
    CSV = "csv"
    UNDO = "undo"
    RECONCILIATION = "reconciliation"
    KOPPELING_END = "koppeling_end"


class RunState(StrEnum):
    """Where an import stands."""

    REQUESTED = "requested"
    FETCHING = "fetching"
    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Phase(StrEnum):
    """What a worker does at this moment; only for showing, and for going on where it stopped."""

    FETCH = "fetch"
    COMPARE = "compare"
    APPLY = "apply"


# From each state, where an import may go. A state without a way out is the end.
TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.REQUESTED: frozenset({RunState.FETCHING, RunState.FAILED, RunState.CANCELLED}),
    RunState.FETCHING: frozenset({RunState.PLANNED, RunState.FAILED, RunState.CANCELLED}),
    # Back to the beginning: what the plan was made from has moved on.
    RunState.PLANNED: frozenset(
        {
            RunState.APPLYING,
            RunState.CANCELLED,
            RunState.EXPIRED,
            RunState.REQUESTED,
            RunState.REFUSED,
            RunState.FAILED,
        }
    ),
    RunState.APPLYING: frozenset(
        {RunState.APPLIED, RunState.REFUSED, RunState.FAILED, RunState.REQUESTED}
    ),
    RunState.APPLIED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.REFUSED: frozenset(),
    RunState.CANCELLED: frozenset(),
    RunState.EXPIRED: frozenset(),
}
# A worker is needed.
BUSY = frozenset({RunState.REQUESTED, RunState.FETCHING, RunState.APPLYING})
# One per school: a plan is the school's only one too.
LIVE = BUSY | {RunState.PLANNED}
PREPARING = frozenset({RunState.REQUESTED, RunState.FETCHING})
# Until VERDER nothing has changed, so nothing is in the way of cancelling.
CANCELLABLE = PREPARING | {RunState.PLANNED}


@dataclass(frozen=True)
class Chosen:
    """What of a plan is chosen as a whole; rows may differ."""

    add: bool = True
    update: bool = True
    archive: bool = False
    clear: bool = False


# What was asked for is the whole of a plan without a source of its own, until somebody leaves
# something out.
ALL = Chosen(add=True, update=True, archive=True, clear=True)


@dataclass(frozen=True)
class Run:
    """An import as its school sees it."""

    id: UUID
    school_id: UUID
    source: Source
    state: RunState
    requested_at: datetime
    phase: Phase | None = None
    done: int = 0
    total: int | None = None
    revision: int = 0
    choice_revision: int = 0
    touched_at: datetime | None = None
    choice: Chosen = field(default_factory=Chosen)
    roster_version: int | None = None
    digest: str | None = None
    summary: dict[str, dict[str, int]] | None = None
    result: dict[str, dict[str, int]] | None = None
    problem: str | None = None
    problem_detail: str | None = None
    problems: list[dict[str, Any]] = field(default_factory=list)
    problem_count: int = 0
    planned_at: datetime | None = None
    applied_at: datetime | None = None
    ended_at: datetime | None = None
    requested_by: str | None = None
    approved_by: str | None = None
    cancelled_by: str | None = None
    brakes: tuple[Brake, ...] = ()
    dormant_brakes: tuple[Brake, ...] = ()
    replanned: dict[str, Any] | None = None
    undoes: UUID | None = None
    asked: tuple[str, ...] | None = None
    source_at: datetime | None = None

    @property
    def rests(self) -> bool:
        """Whether it stays as it is until somebody acts, or for good."""
        return self.state not in BUSY

    @property
    def is_unread(self) -> bool:
        """Whether its source could not be read again when that was last tried."""
        return bool(self.replanned and self.replanned.get("problem"))
