"""One import that began by itself, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.importer.domain.run import RunState
from services.importer.domain.schedule import Schedule, only_adds

# Who began it and pressed VERDER: nobody.
AUTOMATIC = "automatic"


class NightOutcome(StrEnum):
    """How a night ended; after `held` the plan waits for somebody."""

    APPLIED = "applied"
    HELD = "held"
    FAILED = "failed"
    REPLACED = "replaced"
    MISSED = "missed"


# How a night ends by the end of its import; a plan that waits is judged by its brakes.
OUTCOME_OF = {
    RunState.APPLIED: NightOutcome.APPLIED,
    RunState.FAILED: NightOutcome.FAILED,
    RunState.REFUSED: NightOutcome.FAILED,
    RunState.CANCELLED: NightOutcome.REPLACED,
    RunState.EXPIRED: NightOutcome.FAILED,
}
NOTES = {
    NightOutcome.REPLACED: "Dit overzicht is vervallen, bijvoorbeeld omdat iemand een andere "
    "import begon.",
    NightOutcome.MISSED: "In deze nacht kon geen import beginnen: er liep een andere import, of "
    "Numo was niet bereikbaar. De volgende nacht probeert Numo het opnieuw.",
}


@dataclass(frozen=True)
class Night:
    """A school's import of one night; `outcome` is None while it is under way."""

    id: UUID
    school_id: UUID
    night: date
    began_at: datetime
    run_id: UUID | None = None
    outcome: NightOutcome | None = None
    note: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Automatic:
    """What besides toevoegen is chosen without anybody; archives: who was absent twice."""

    update: bool
    archive: bool


def automatic(schedule: Schedule, night: Night) -> Automatic:
    """What a school lets happen by itself in a night, as its schedule stands."""
    adds_only = only_adds(schedule, night.night, night.began_at)
    return Automatic(update=not adds_only, archive=schedule.archives and not adds_only)
