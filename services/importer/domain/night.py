"""One import that began by itself, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.importer.domain.brake import Brake
from services.importer.domain.change import Action
from services.importer.domain.plan import Summary
from services.importer.domain.run import RunState
from services.importer.domain.schedule import Days, Schedule, Waits, only_adds
from services.importer.domain.waiting_plan import Way
from shared.ids import new_id

# Who began it and pressed VERDER: nobody.
AUTOMATIC = "automatic"
# A source that lacks a vestiging would else be told once for each of its classes.
_MOST_TOLD = 6


class NightOutcome(StrEnum):
    """How a night ended; after `held` and `taken_over` the plan waits for somebody."""

    APPLIED = "applied"
    HELD = "held"
    FAILED = "failed"
    REPLACED = "replaced"
    TAKEN_OVER = "taken_over"
    MISSED = "missed"
    SKIPPED = "skipped"


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
    NightOutcome.TAKEN_OVER: "Iemand koos in dit overzicht voordat het automatisch werd "
    "uitgevoerd. Het wacht op VERDER.",
}
SWITCHED_OFF = (
    "De automatische import is uitgezet voordat dit overzicht werd uitgevoerd. Het wacht op VERDER."
)
# What an undo took back is not done again by a night: the source may still be as wrong.
UNDONE = (
    "Wat eerder is teruggedraaid, is niet opnieuw gedaan. Kies het zelf als dat de bedoeling is."
)
TAKEN = {
    Way.LEFT: "Het overzicht waarin iemand koos, wachtte te lang op VERDER en is opnieuw gemaakt. "
    "Wat daarin was uitgezet, bleef uit.",
    Way.GIVEN_UP: "Een ander overzicht waarin iemand koos, wachtte te lang op VERDER en is "
    "vervallen.",
}
_MISSED = {
    Waits.IMPORT_RUNNING: "In deze nacht begon geen import: tot het einde van het venster liep er "
    "een andere.",
    Waits.PLAN_WAITS: "In deze nacht begon geen import: er stond een overzicht klaar waarin iemand "
    "koos of dat iemand net had laten maken.",
    Waits.KOPPELING_OVER: "In deze nacht begon geen import: de koppeling met Somtoday is voorbij.",
    None: "In deze nacht begon geen import: Numo was niet bereikbaar in het venster.",
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
class PastNight:
    """A night, and in counts what its import found and what was done of that."""

    night: Night
    summary: Summary | None
    result: Summary | None


def held_because(brakes: Sequence[Brake]) -> list[str]:
    """The sentences of a night's brakes, the widest first; of very many only how many more."""
    told = [brake.sentence for brake in brakes[:_MOST_TOLD]]
    more = len(brakes) - len(told)
    if more:
        who = "Voor nog één andere groep" if more == 1 else f"Voor nog {more} andere groepen"
        told.append(f"{who} geldt iets dergelijks; het overzicht noemt ze alle.")
    return told


def waiting_questions(summary: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What is told of a night that was applied: nobody saw what it could not decide."""
    asked = sum(summary.get(kind, {}).get(Action.CONFLICT, 0) for kind in ("people", "groups"))
    if not asked:
        return []
    how_many = "Eén vraag wacht" if asked == 1 else f"{asked} vragen wachten"
    return [f"{how_many} op een antwoord: begin zelf een import om te beslissen."]


def lately_absent(people: int) -> list[str]:
    """What is told of a night that archives, and left so many as they lack for a short time."""
    if not people:
        return []
    who = "Eén persoon ontbreekt" if people == 1 else f"{people} personen ontbreken"
    is_or_are = "is" if people == 1 else "zijn"
    return [f"{who} pas kort in de bron en {is_or_are} daarom niet gearchiveerd."]


def night_without(
    school_id: UUID, night: date, noted_at: datetime, dark: Days | None, why: Waits | None
) -> Night:
    """The row of a night in which nothing began, noted once it was over."""
    outcome = NightOutcome.MISSED if dark is None else NightOutcome.SKIPPED
    note = _MISSED[why] if dark is None else f"Overgeslagen: {dark.label}."
    return Night(new_id(), school_id, night, noted_at, None, outcome, note, noted_at)


@dataclass(frozen=True)
class Automatic:
    """What besides toevoegen is chosen without anybody; archives: who was absent twice."""

    update: bool
    archive: bool


def automatic(schedule: Schedule, night: Night) -> Automatic:
    """What a school lets happen by itself in a night, as its schedule stands."""
    adds_only = only_adds(schedule, night.night, night.began_at)
    return Automatic(update=not adds_only, archive=schedule.archives and not adds_only)
