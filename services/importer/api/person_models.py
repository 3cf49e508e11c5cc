"""What the API says of one person's history and data."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.importer.api.models import FieldChange, field_change
from services.importer.application.explain_person import PersonExport
from services.importer.domain.audit import AuditAction
from services.importer.domain.erasure import Ground
from services.importer.domain.retention import MOST_MONTHS
from services.importer.domain.timeline import TimelineEntry, TimelineEvent
from shared.roster.document import GroupKind, MemberRole


class TimelineView(BaseModel):
    """One thing that happened to a person; null is what does not belong to its event."""

    at: datetime
    event: TimelineEvent
    person_id: UUID | None = Field(
        description="whose row it was: of who was merged there are several"
    )
    outcome: str = Field(description="applied; or not_chosen, skipped", examples=["applied"])
    outcome_reason: str | None
    reason: str | None = Field(
        description="of an import why it was proposed, of a merge or an erasure its ground, "
        "of a decision its verdict",
        examples=["fields_differ"],
    )
    import_id: UUID | None
    undoes: UUID | None = Field(description="the import that this one took back", examples=[None])
    source: str | None = Field(examples=["somtoday"])
    requested_by: str | None = Field(description="who began the import", examples=["user:anna"])
    approved_by: str | None = Field(
        description="who pressed VERDER, changed, decided, merged or erased",
        examples=["user:anna"],
    )
    fields: list[FieldChange]
    group_id: UUID | None
    group_name: str | None = Field(examples=[None])
    license_product: str | None = Field(examples=[None])
    schooljaar: str | None = Field(examples=[None])
    activity_kind: str | None = Field(examples=[None])
    merged_into: UUID | None = Field(description="who they turned out to be", examples=[None])

    @classmethod
    def of(cls, entry: TimelineEntry) -> Self:
        """Show an entry."""
        shown = asdict(entry)
        before, after = shown.pop("before"), shown.pop("after")
        fields = [field_change(name, before.get(name), after[name]) for name in after]
        return cls(**shown, fields=fields)


class TimelineOfPerson(BaseModel):
    """What happened to a person, newest first."""

    person_id: UUID
    entries: list[TimelineView]


class AuditView(BaseModel):
    """One look at a person, or one change of them."""

    id: UUID
    at: datetime
    actor: str = Field(description="opaque id of who did it", examples=["user:anna"])
    action: AuditAction
    what: str = Field(description="which list or page", examples=["people"])
    import_id: UUID | None = Field(validation_alias="run_id")
    request_id: str
    facts: dict[str, str | int] = Field(examples=[{"role": "pupil"}])


class HeldMembership(BaseModel):
    """A group that a person is or was in."""

    id: UUID
    role: MemberRole
    state: str
    created_at: datetime
    ended_at: datetime | None
    group_id: UUID
    group_name: str | None
    group_kind: GroupKind
    schooljaar: str


class HeldLicenseUse(BaseModel):
    """A start of a sprongtoets or an oefening."""

    at: datetime
    license_product: str
    schooljaar: str
    activity_kind: str
    license_used_now: bool


class SaidView(BaseModel):
    """What a source said last of the person, kept to prove the roster by."""

    source: str
    said_at: datetime
    fields: dict[str, str | None]


class ExportView(BaseModel):
    """All that is held of a person (AVG art. 15), for that person; so the ECK iD too."""

    person: dict[str, Any]
    merged: list[dict[str, Any]] = Field(description="who turned out to be the same person")
    memberships: list[HeldMembership]
    timeline: list[TimelineView]
    license_uses: list[HeldLicenseUse]
    audit: list[AuditView]
    said: list[SaidView] = Field(description="what each source said last")
    absent_since: datetime | None = Field(
        description="when Somtoday was read in which the person lacked first; null when not absent"
    )

    @classmethod
    def of(cls, export: PersonExport) -> Self:
        """Show an export."""
        return cls(
            person=_held(export.person),
            merged=[_held(row) for row in export.merged],
            memberships=[HeldMembership.model_validate(row) for row in export.memberships],
            timeline=[TimelineView.of(entry) for entry in export.timeline],
            license_uses=[HeldLicenseUse.model_validate(row) for row in export.license_uses],
            absent_since=export.absent_since,
            said=[SaidView.model_validate(row) for row in export.said],
            audit=[AuditView.model_validate(row) for row in export.looks],
        )


def _held(row: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {"school_id", "changed_in", "is_known_again"}
    return {name: value for name, value in row.items() if name not in hidden}


class EraseRequest(BaseModel):
    """On what ground; never a name."""

    model_config = ConfigDict(extra="forbid")

    ground: Ground = Field(
        description="request: of the person or their parents; instruction: of the school",
        examples=["request"],
    )


class ErasedView(BaseModel):
    """That somebody was erased."""

    person_id: UUID
    erased_at: datetime
    is_known_again: bool = Field(
        description="whether an import that still has them asks before it adds them anew"
    )


class RetentionView(BaseModel):
    """How long the school keeps who left."""

    model_config = ConfigDict(extra="forbid")

    person_months: int = Field(
        ge=0,
        le=MOST_MONTHS,
        description="months after the end of the schooljaar in which somebody was archived",
        examples=[12],
    )
