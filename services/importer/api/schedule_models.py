"""What scheduled imports say and hear."""

from datetime import date, datetime, time
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.importer.api.counts import COUNTS_EXAMPLE, Counts, counted
from services.importer.domain.night import AUTOMATIC, NightOutcome, PastNight
from services.importer.domain.schedule import (
    LEAST_WINDOW,
    Days,
    KeptSchedule,
    Schedule,
    window_length,
)
from shared.clock import AMSTERDAM
from shared.one_line import OneLine

_MOST_RANGES = 100
_MOST_DAYS = 366


class DaysView(BaseModel):
    """Calendar days in the Netherlands, the last one included."""

    model_config = ConfigDict(extra="forbid")

    first: date = Field(examples=["2026-12-21"])
    last: date = Field(examples=["2027-01-01"])
    label: OneLine = Field(examples=["Kerstvakantie"])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= (self.last - self.first).days < _MOST_DAYS:
            msg = "de laatste dag ligt op of na de eerste, en ten hoogste een jaar later"
            raise ValueError(msg)
        return self

    def days(self) -> Days:
        """For the domain."""
        return Days(self.first, self.last, self.label)


class _OfSchedule(BaseModel):
    is_on: bool = Field(examples=[True])
    opens: time = Field(
        description="from when an import may begin, to the minute, on the clock in the Netherlands",
        examples=["01:00"],
    )
    closes: time = Field(
        description="until when; earlier than `opens`: the next day", examples=["05:00"]
    )
    archives: bool = Field(
        description="archive without anybody who was absent in two fetches some hours apart",
        examples=[False],
    )
    blackouts: list[DaysView] = Field(
        description="no import begins on these", max_length=_MOST_RANGES
    )
    additions_only: list[DaysView] = Field(
        description="only toevoegen is automatic on these", max_length=_MOST_RANGES
    )


class ScheduleRequest(_OfSchedule):
    """The whole schedule."""

    model_config = ConfigDict(extra="forbid")

    archives: bool = False
    blackouts: list[DaysView] = Field([], max_length=_MOST_RANGES)
    additions_only: list[DaysView] = Field([], max_length=_MOST_RANGES)

    @model_validator(mode="after")
    def _a_window(self) -> Self:
        for at in (self.opens, self.closes):
            if at.tzinfo is not None or at.second or at.microsecond:
                msg = "geef tijden als uu:mm, zonder tijdzone"
                raise ValueError(msg)
        if window_length(self.opens, self.closes) < LEAST_WINDOW:
            msg = "het venster duurt ten minste twee uur"
            raise ValueError(msg)
        return self

    def schedule(self) -> Schedule:
        """For the domain."""
        return Schedule(
            *(self.is_on, self.opens, self.closes, self.archives),
            blackouts=tuple(one.days() for one in self.blackouts),
            additions_only=tuple(one.days() for one in self.additions_only),
        )


class ScheduleView(_OfSchedule):
    """The schedule, and the next moment that it plans."""

    next_at: datetime | None = Field(
        description="null when none is planned; the minute within the window is the school's own"
    )
    revision: int = Field(examples=[1])

    @classmethod
    def of(cls, found: KeptSchedule, next_at: datetime | None) -> Self:
        """Show it."""
        schedule = found.schedule
        return cls(
            is_on=schedule.is_on,
            opens=schedule.opens,
            closes=schedule.closes,
            archives=schedule.archives,
            blackouts=[_shown(one) for one in schedule.blackouts],
            additions_only=[_shown(one) for one in schedule.additions_only],
            next_at=next_at and next_at.astimezone(AMSTERDAM),
            revision=found.revision,
        )


def _shown(days: Days) -> DaysView:
    return DaysView(first=days.first, last=days.last, label=days.label)


class NightView(BaseModel):
    """One import that began by itself, should have, or was not to."""

    id: UUID
    night: date = Field(description="day on which its window opened", examples=["2026-11-25"])
    started_by: str = Field(examples=[AUTOMATIC])
    import_id: UUID | None = Field(description="null for a night without an import")
    outcome: NightOutcome | None = Field(
        description="null while it is under way; held: a brake, the plan waits for somebody; "
        "taken_over: somebody chose in the plan first, and it waits for them; replaced: the plan "
        "was given up, as when somebody began another import; missed: nothing could begin; "
        "skipped: a blackout day, noted once its window closed"
    )
    note: str | None = Field(description="why, in Dutch", examples=[None])
    summary: dict[str, Counts] | None = Field(
        description="of its import: what it found",
        examples=[{"people": COUNTS_EXAMPLE, "pupils": COUNTS_EXAMPLE}],
    )
    result: dict[str, Counts] | None = Field(
        description="what was done of that, as the import tells it", examples=[None]
    )
    began_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, past: PastNight) -> Self:
        """Show it."""
        night = past.night
        return cls(
            id=night.id,
            night=night.night,
            started_by=AUTOMATIC,
            import_id=night.run_id,
            outcome=night.outcome,
            note=night.note,
            summary=counted(past.summary),
            result=counted(past.result),
            began_at=night.began_at,
            ended_at=night.ended_at,
        )
