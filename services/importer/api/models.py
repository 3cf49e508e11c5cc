"""What the importer's API says and hears."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.importer.application.choose_changes import ChoiceMade
from services.importer.domain.change import Action, ChangeKind, Outcome
from services.importer.domain.run import Chosen, Phase, Run, RunState, Source
from shared.roster.document import GroupKind, PersonRole

_COUNTS = {"add": 1700, "update": 0, "archive": 0, "reactivate": 0, "conflict": 0}
_DIGEST = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
# An ECK iD may not be shown on screens or in downloads (PO-Raad, on Nummervoorziening).
_HIDDEN = frozenset({"eck_id"})
_HIDDEN_VALUE = "•••"


class ImportRequest(BaseModel):
    """Which source to import from: Somtoday, or a file that was uploaded before."""

    model_config = ConfigDict(extra="forbid")

    source: Literal["somtoday", "file"] = Field(examples=["somtoday"])
    file_id: UUID | None = Field(None, description="with source file only", examples=[None])

    @model_validator(mode="after")
    def _file_goes_with_its_source(self) -> Self:
        if (self.source == "file") != (self.file_id is not None):
            msg = "bij source file hoort een file_id, en bij somtoday niet"
            raise ValueError(msg)
        return self


class Progress(BaseModel):
    """How far the worker is."""

    phase: Phase | None = Field(examples=["fetch"])
    done: int = Field(description="records or changes done", examples=[5000])
    total: int | None = Field(description="null while unknown", examples=[None])


class Counts(BaseModel):
    """Changes by action."""

    add: int = 0
    update: int = 0
    archive: int = 0
    reactivate: int = 0
    conflict: int = 0


class ChoiceOfKinds(BaseModel):
    """What is chosen as a whole; rows may differ."""

    add: bool = Field(examples=[True])
    update: bool = Field(examples=[True])
    archive: bool = Field(examples=[False])

    @classmethod
    def of(cls, chosen: Chosen) -> Self:
        """Show a choice."""
        return cls(add=chosen.add, update=chosen.update, archive=chosen.archive)


class BadRow(BaseModel):
    """A row that could not be read, or a column that was left out."""

    code: str = Field(examples=["row_not_readable"])
    detail: str = Field(description="Dutch", examples=["leerlingnummer ontbreekt"])
    place: str = Field(examples=["regel 12, kolom 2"])


class ImportView(BaseModel):
    """One import."""

    id: UUID
    source: Source = Field(description="csv: a file, also an Excel workbook")
    state: RunState
    progress: Progress
    summary: dict[str, Counts] | None = Field(
        description="people (pupils and employees together), pupils, employees, groups and "
        "memberships; null until there is a plan",
        examples=[{"people": _COUNTS, "pupils": _COUNTS}],
    )
    choice: ChoiceOfKinds
    digest: str | None = Field(description="seals the plan; VERDER sends it", examples=[_DIGEST])
    problem: str | None = Field(
        description="error code of an import that failed or was refused", examples=[None]
    )
    problem_detail: str | None = Field(description="more about it, in Dutch", examples=[None])
    problems: list[BadRow] = Field(description="the first 1000 rows that could not be read")
    problem_count: int = Field(examples=[0])
    requested_at: datetime
    planned_at: datetime | None
    applied_at: datetime | None

    @classmethod
    def of(cls, run: Run) -> Self:
        """Show an import."""
        return cls(
            id=run.id,
            source=run.source,
            state=run.state,
            progress=Progress(phase=run.phase, done=run.done, total=run.total),
            summary=run.summary and {k: Counts(**found) for k, found in run.summary.items()},
            choice=ChoiceOfKinds.of(run.choice),
            digest=run.digest,
            problem=run.problem,
            problem_detail=run.problem_detail,
            problems=[BadRow(**found) for found in run.problems],
            problem_count=run.problem_count,
            requested_at=run.requested_at,
            planned_at=run.planned_at,
            applied_at=run.applied_at,
        )


class FieldChange(BaseModel):
    """One field that would change."""

    field: str = Field(examples=["family_name"])
    before: str | None = Field(examples=["Vries"])
    after: str | None = Field(examples=["Vries-Jansen"])


class ChangeView(BaseModel):
    """One row of the controlescherm."""

    id: UUID
    kind: ChangeKind
    action: Action
    role: str = Field(description="of person or member, or the kind of group", examples=["pupil"])
    label: str = Field(examples=["Fenna de Vries (100231)"])
    subject_id: UUID | None = Field(description="the row in Numo; null for a conflict")
    fields: list[FieldChange]
    reason: str = Field(examples=["fields_differ"])
    candidates: list[UUID] = Field(description="whom a conflict is about")
    chosen: bool
    outcome: Outcome | None
    outcome_reason: str | None = Field(examples=["pupil_number_taken"])

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Show a change."""
        before, after = row["before"], row["after"]
        return cls(
            **{name: row[name] for name in cls.model_fields if name in row},
            fields=[_field(name, before.get(name), after[name]) for name in after],
            candidates=row["candidate_ids"],
        )


def _field(name: str, before: str | None, after: str | None) -> FieldChange:
    if name in _HIDDEN:
        before, after = (value and _HIDDEN_VALUE for value in (before, after))
    return FieldChange(field=name, before=before, after=after)


class ChoiceRequest(BaseModel):
    """What to choose: as a whole first, then per row; a later choice wins."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"add": True, "update": True, "archive": False}]},
    )

    add: bool | None = Field(None, description="toevoegen and reactivating; null: as it was")
    update: bool | None = Field(None, description="bijwerken; null: as it was")
    archive: bool | None = Field(None, description="archiveren; null: as it was")
    rows: dict[UUID, bool] = Field({}, max_length=10_000, description="by id of the change")


class ChoiceView(BaseModel):
    """What is chosen now."""

    choice: ChoiceOfKinds
    chosen: dict[str, Counts] = Field(examples=[{"people": _COUNTS}])
    revision: int = Field(description="the ETag, as a number", examples=[1])

    @classmethod
    def of(cls, made: ChoiceMade) -> Self:
        """Show a choice."""
        counts = {name: Counts(**found) for name, found in made.chosen.items()}
        return cls(choice=ChoiceOfKinds.of(made.choice), chosen=counts, revision=made.revision)


class ApplyRequest(BaseModel):
    """VERDER."""

    model_config = ConfigDict(extra="forbid")

    digest: str = Field(pattern="^[0-9a-f]{64}$", examples=[_DIGEST])


class PersonView(BaseModel):
    """A person as Numo shows them; without the ECK iD, which may not be shown."""

    id: UUID
    role: PersonRole
    state: Literal["active", "archived"]
    pupil_number: str | None = Field(examples=["100231"])
    employee_code: str | None = Field(examples=[None])
    given_name: str | None = Field(examples=["Fenna"])
    prefix: str | None = Field(examples=["de"])
    family_name: str | None = Field(examples=["Vries"])
    email: str | None = Field(examples=["100231@leerling.waterkant.example"])
    username: str | None = Field(examples=["100231"])
    leerjaar: str | None = Field(examples=["3"])
    onderwijssoort: str | None = Field(examples=["HAVO"])
    vestiging_code: str | None = Field(examples=["99ZY00"])


class GroupView(BaseModel):
    """A group as Numo shows it."""

    id: UUID
    kind: GroupKind
    state: Literal["active", "archived"]
    schooljaar: str = Field(examples=["2026-2027"])
    name: str | None = Field(examples=["h3a"])
    leerjaar: str | None = Field(examples=["3"])
    onderwijssoort: str | None = Field(examples=["HAVO"])
    vak: str | None = Field(examples=["wi"])
    vestiging_code: str | None = Field(examples=["99ZY00"])
