"""What the importer's API says of imports and their changes."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.importer.api.brake_models import BrakeView
from services.importer.api.counts import COUNTS_EXAMPLE, Counts, counted
from services.importer.api.import_requests import DIGEST_EXAMPLE
from services.importer.domain.carry_over import Difference
from services.importer.domain.change import Action, ChangeKind, Outcome, OutcomeReason, Shape
from services.importer.domain.report import reason_in_dutch
from services.importer.domain.run import Chosen, Phase, Run, RunState, Source

# An ECK iD may not be shown on screens or in downloads (PO-Raad, on Nummervoorziening).
_HIDDEN = frozenset({"eck_id"})
_HIDDEN_VALUE = "•••"


class Progress(BaseModel):
    """How far the worker is."""

    phase: Phase | None = Field(examples=["fetch"])
    done: int = Field(description="records or changes done", examples=[5000])
    total: int | None = Field(description="null while unknown", examples=[None])


class ChoiceOfKinds(BaseModel):
    """What is chosen as a whole; rows may differ."""

    add: bool = Field(examples=[True])
    update: bool = Field(examples=[True])
    archive: bool = Field(examples=[False])
    clear: bool = Field(
        description="values of datavelden that the school withdrew", examples=[False]
    )

    @classmethod
    def of(cls, chosen: Chosen) -> Self:
        """Show a choice."""
        return cls.model_validate(asdict(chosen))


class BadRow(BaseModel):
    """A row that could not be read, a column that was left out, or a question."""

    code: str = Field(examples=["row_not_readable"])
    detail: str = Field(description="Dutch", examples=["leerlingnummer ontbreekt"])
    place: str = Field(examples=["regel 12, kolom 2"])


class Replanned(BaseModel):
    """Why a plan was made anew, and how it differs from the one before; null while it is made."""

    because: str = Field(
        description="roster_changed, plan_stale, decided, decision_taken_back, guard_rails_set, "
        "asked, or left by somebody and taken by a night",
        examples=["roster_changed"],
    )
    new: int | None = Field(None, description="changes that were not in it")
    changed: int | None = Field(None, description="changes with another content")
    gone: int | None = Field(None, description="changes that are no more")
    choices_kept: int | None = Field(None, description="choices per row that still hold")
    problem: str | None = Field(
        None,
        description="error code, when the source could not be read again: the plan is as it "
        "was, and VERDER reads the source first",
    )
    problem_detail: str | None = Field(None, description="the same in Dutch")
    at: datetime | None = None


class ImportView(BaseModel):
    """One import."""

    id: UUID
    source: Source = Field(description="csv: a file, also an Excel workbook")
    state: RunState
    progress: Progress
    summary: dict[str, Counts] | None = Field(
        description="people (pupils and employees together), pupils, employees, groups and "
        "memberships; null until there is a plan",
        examples=[{"people": COUNTS_EXAMPLE, "pupils": COUNTS_EXAMPLE}],
    )
    result: dict[str, Counts] | None = Field(
        description="what was done of it, counted as in summary; null until applied, and of "
        "what was applied before this was counted",
        examples=[None],
    )
    choice: ChoiceOfKinds
    digest: str | None = Field(
        description="seals the plan; VERDER sends it", examples=[DIGEST_EXAMPLE]
    )
    problem: str | None = Field(
        description="error code of an import that failed or was refused", examples=[None]
    )
    problem_detail: str | None = Field(
        description="more about it, or why it was cancelled, in Dutch", examples=[None]
    )
    problems: list[BadRow] = Field(
        description="the first 1000 rows that could not be read, and what comparing found"
    )
    problem_count: int = Field(examples=[0])
    requested_by: str | None = Field(
        description="opaque id of who began it", examples=["user:anna"]
    )
    approved_by: str | None = Field(description="of who pressed VERDER", examples=[None])
    cancelled_by: str | None = Field(
        description="of who cancelled it, or began another in its place", examples=[None]
    )
    undoes: UUID | None = Field(description="the import that this takes back", examples=[None])
    brakes: list[BrakeView] = Field(description="why the plan is held until somebody confirms it")
    replanned: Replanned | None = Field(
        description="why the plan was made anew, and how much differs", examples=[None]
    )
    requested_at: datetime
    planned_at: datetime | None
    applied_at: datetime | None
    ended_at: datetime | None = Field(description="when it was applied, failed or was given up")

    @classmethod
    def of(cls, run: Run) -> Self:
        """Show an import."""
        return cls(
            id=run.id,
            source=run.source,
            state=run.state,
            progress=Progress(phase=run.phase, done=run.done, total=run.total),
            summary=counted(run.summary),
            result=counted(run.result),
            choice=ChoiceOfKinds.of(run.choice),
            digest=run.digest,
            problem=run.problem,
            problem_detail=run.problem_detail,
            problems=[BadRow(**found) for found in run.problems],
            problem_count=run.problem_count,
            requested_by=run.requested_by,
            approved_by=run.approved_by,
            cancelled_by=run.cancelled_by,
            undoes=run.undoes,
            brakes=[BrakeView.of(brake) for brake in run.brakes],
            replanned=Replanned(**run.replanned) if run.replanned else None,
            requested_at=run.requested_at,
            planned_at=run.planned_at,
            applied_at=run.applied_at,
            ended_at=run.ended_at,
        )


class FieldChange(BaseModel):
    """One field that would change."""

    field: str = Field(examples=["family_name"])
    before: str | None = Field(examples=["Vries"])
    after: str | None = Field(examples=["Vries-Jansen"])


class ProposedField(FieldChange):
    """One field of a plan's change, and what was done to it by hand or by an undo."""

    held: bool = Field(default=False, description="changed by hand in Numo")
    undone: bool = Field(default=False, description="an undo took this back; a night leaves it")
    kept: bool = Field(default=False, description="so it stays as it is, unless it is chosen")
    shape: Shape | None = Field(None, description="of a key, how it changes hands")
    taken_from: UUID | None = Field(None, description="of a key, who had the value before")


class ChangeView(BaseModel):
    """One row of the controlescherm."""

    id: UUID
    kind: ChangeKind
    action: Action
    role: str = Field(description="of person or member, or the kind of group", examples=["pupil"])
    label: str = Field(examples=["Fenna de Vries (100231)"])
    subject_id: UUID | None = Field(description="the row in Numo; null for a conflict")
    klas: str | None = Field(description="stamgroep", examples=["h3a"])
    vestiging_code: str | None = Field(examples=["99ZY00"])
    fields: list[ProposedField]
    reason: str = Field(examples=["fields_differ"])
    reason_detail: str = Field(
        description="the reason in Dutch, as in the report",
        examples=["de bron heeft een andere waarde"],
    )
    candidates: list[UUID] = Field(description="whom a conflict is about")
    chosen: bool
    is_undone: bool = Field(
        default=False, description="an undo took back all of this; a night leaves it"
    )
    difference: Difference | None = Field(
        description="against the plan before it was made anew; null when the same"
    )
    absent_since: datetime | None = Field(
        None,
        description="of who would be archived: when the data were read in which they lacked first",
    )
    absent_once: bool = Field(
        False,  # noqa: FBT003 - the default
        description="of who would be archived: they lacked for the first time, which proves "
        "little. Where it is false they lacked in an earlier look too; a night archives them only "
        "when `absent_since` is hours ago (IMPORTER_ABSENT_TWICE_HOURS)",
    )
    outcome: Outcome | None
    outcome_reason: OutcomeReason | None = Field(examples=["pupil_number_taken"])

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Show a change."""
        return cls(
            **{name: row[name] for name in cls.model_fields if name in row},
            fields=[_field(name, row) for name in row["after"]],
            reason_detail=reason_in_dutch(row),
            candidates=row["candidate_ids"],
        )


def _field(name: str, row: Mapping[str, Any]) -> ProposedField:
    shown = field_change(name, row["before"].get(name), row["after"][name])
    move = (row["key_moves"] or {}).get(name, {})
    return ProposedField(
        **shown.model_dump(),
        held=name in row["held"],
        undone=name in row["undone"],
        kept=name in row["kept"],
        shape=move.get("shape"),
        taken_from=move.get("holder_id"),
    )


def field_change(name: str, before: str | None, after: str | None) -> FieldChange:
    """A field as it may be shown."""
    return FieldChange(field=name, before=shown_value(name, before), after=shown_value(name, after))


def shown_value(name: str, value: str | None) -> str | None:
    """A value as it may be shown: whether there is an ECK iD, never which."""
    return value and _HIDDEN_VALUE if name in _HIDDEN else value
