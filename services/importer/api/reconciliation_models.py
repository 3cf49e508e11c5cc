"""What the proof of a roster says and hears."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.importer.api.models import FieldChange, field_change
from services.importer.application.reconciliations import Acceptance
from services.importer.domain.change import Action, ChangeKind, Reason
from services.importer.domain.reconciliation import Cause, Verdict
from services.importer.domain.report import why_in_dutch
from shared.clock import today
from shared.one_line import OneLine

_LONGEST_DAYS = 366
_MOST = 500
_WORDS = {
    Cause.UNEXPLAINED: "Dit verschil is nergens vastgelegd.",
    Cause.WAITING: "De laatste import wacht nog op VERDER.",
    Cause.NOT_APPLIED: "De laatste import is niet doorgevoerd.",
    Cause.LEFT_OUT: "Dit is bij de laatste import niet gekozen.",
    Cause.SKIPPED: "Dit is bij de laatste import gekozen, maar kon niet worden uitgevoerd.",
    Cause.QUESTION: "Hierover staat nog een vraag open.",
    Cause.BY_HAND: "Dit is in Numo met de hand gewijzigd.",
    Cause.UNDONE: "De import die dit wijzigde, is teruggedraaid.",
    Cause.BY_PLAN: "Dit is gewijzigd door een herstel, of bij het einde van de koppeling.",
    Cause.FOLLOWS: "Dit volgt uit een ander verschil dat is vastgelegd.",
}


class ProofView(BaseModel):
    """One night's proof."""

    id: UUID
    day: date = Field(description="calendar day in the Netherlands")
    at: datetime
    verdict: Verdict = Field(
        description="equal: nothing differs; explained: all that differs is on record or "
        "accepted; differs: not all of it; no_source: no source is kept to compare with"
    )
    stands_on: UUID | None = Field(
        description="the earlier proof that still stands, as nothing changed since; null when "
        "everything was compared"
    )
    roster_version: int
    people: int = Field(description="rows that were compared", examples=[1700])
    groups: int = Field(examples=[60])
    memberships: int = Field(examples=[17000])
    causes: dict[Cause, int] = Field(examples=[{"left_out": 3, "by_hand": 1}])
    accepted: int = Field(description="differences that the school accepts", examples=[0])
    digest: str = Field(description="SHA-256 of sources, roster version and differences")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Show a proof."""
        return cls(**{name: row[name] for name in cls.model_fields})


class DifferenceView(BaseModel):
    """One difference between the roster (before) and what a source said last (after)."""

    id: UUID
    source: str = Field(examples=["somtoday"])
    cause: Cause
    explanation: str = Field(description="Dutch")
    kind: ChangeKind
    action: Action = Field(description="the suggested fix: what would take the difference away")
    reason: Reason
    reason_detail: str = Field(description="the reason in Dutch, as on the controlescherm")
    role: str
    label: str
    subject_id: UUID | None
    person_id: UUID | None
    group_id: UUID | None
    fields: list[FieldChange]
    accepted_until: date | None = Field(description="null when it is not accepted")
    accepted_why: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Show a difference."""
        shown: dict[str, Any] = {
            name: row[name] for name in cls.model_fields if name in row and name != "fields"
        }
        after = row["after"]
        fields = [field_change(name, row["before"].get(name), after[name]) for name in after]
        return cls(
            **shown,
            fields=fields,
            explanation=_WORDS[Cause(row["cause"])],
            reason_detail=why_in_dutch(row["kind"], row["reason"]),
            accepted_until=row["until"],
        )


class AcceptanceRequest(BaseModel):
    """Accept a difference for a while."""

    model_config = ConfigDict(extra="forbid")

    difference_id: UUID
    until: date = Field(description="last day, at most a year from now")
    reason: OneLine = Field(min_length=3, examples=["De school past dit in Somtoday nog aan."])
    name: OneLine = Field(min_length=2, description="who accepts it", examples=["A. Beheerder"])

    @field_validator("until")
    @classmethod
    def _within_a_year(cls, until: date) -> date:
        if not today() <= until <= today() + timedelta(days=_LONGEST_DAYS):
            msg = "kies een dag vanaf vandaag, tot uiterlijk over een jaar"
            raise ValueError(msg)
        return until

    def given(self) -> Acceptance:
        """For the application."""
        return Acceptance(self.difference_id, self.until, self.reason, self.name)


class AcceptanceView(BaseModel):
    """A difference that is accepted."""

    difference_id: UUID
    until: date
    accepted_by: str = Field(description="opaque id", examples=["user:anna"])
    accepted_at: datetime


class FixRequest(BaseModel):
    """Which differences to fix; without either, those that are unexplained."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"causes": ["unexplained"]}]}
    )

    causes: list[Cause] = Field([], max_length=len(Cause))
    differences: list[UUID] = Field([], max_length=_MOST)

    def causes_asked(self) -> list[Cause]:
        """What is meant when nothing is named."""
        return self.causes or ([] if self.differences else [Cause.UNEXPLAINED])
