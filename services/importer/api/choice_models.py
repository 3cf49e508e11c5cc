"""What the controlescherm says and hears of filters and choices."""

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.importer.api.counts import COUNTS_EXAMPLE, Counts
from services.importer.api.models import ChoiceOfKinds
from services.importer.application.choose_changes import ChoiceMade, NewChoice
from services.importer.application.read_imports import AskedFilter
from services.importer.domain.carry_over import Difference
from services.importer.domain.change import Action, ChangeKind, Reason
from services.importer.domain.change_filter import ChangeFilter
from shared.one_line import OneLine

Role = Literal["pupil", "employee", "teacher", "mentor", "stamgroep", "lesgroep"]


class FilterOfChanges(BaseModel):
    """Which rows are meant: all conditions that are given must hold."""

    model_config = ConfigDict(extra="forbid")

    kind: ChangeKind | None = None
    action: Action | None = None
    role: Role | None = None
    reason: Reason | None = None
    klas: OneLine | None = Field(None, examples=["h3a"])
    vestiging: OneLine | None = Field(
        None, description="with a klas: that of the klas", examples=["99ZY00"]
    )
    field: OneLine | None = Field(None, description="a field that changes", examples=["email"])
    held: bool | None = Field(None, description="with a field that was changed by hand")
    moves_key: bool | None = Field(None, description="with a key that changes hands")
    chosen: bool | None = None
    difference: Difference | None = Field(None, description="against the plan before")
    search: OneLine | None = Field(None, description="part of name or number", examples=["vries"])
    brake: OneLine | None = Field(
        None, description="key of a brake", examples=["many_archived:klas@99ZY00:h3a"]
    )

    def asked(self) -> AskedFilter:
        """The filter for the application."""
        names = FilterOfChanges.model_fields.keys() - {"brake"}
        facts = {name: getattr(self, name) for name in names}
        return AskedFilter(ChangeFilter(**facts), self.brake)


class ChoiceByFilter(BaseModel):
    """Choose, or leave out, every row that a filter means."""

    model_config = ConfigDict(extra="forbid")

    where: FilterOfChanges
    chosen: bool


class ChoiceRequest(BaseModel):
    """What to choose: as a whole, then by filter, row and field; a later choice wins."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"add": True, "update": True, "archive": False}]},
    )

    add: bool | None = Field(None, description="toevoegen and reactivating; null: as it was")
    update: bool | None = Field(None, description="bijwerken; null: as it was")
    archive: bool | None = Field(None, description="archiveren; null: as it was")
    clear: bool | None = Field(
        None, description="wissen: values of datavelden that the school withdrew; null: as it was"
    )
    filters: list[ChoiceByFilter] = Field([], max_length=50, description="in this order")
    rows: dict[UUID, bool] = Field({}, max_length=10_000, description="by id of the change")
    overwrite: dict[UUID, list[OneLine]] = Field(
        {},
        max_length=1_000,
        description="by id of the change: fields that the source overwrites, though a hand "
        "changed or an undo took them back",
    )

    def asked(self) -> NewChoice:
        """The choice for the application."""
        filters = [(one.where.asked(), one.chosen) for one in self.filters]
        whole = (self.add, self.update, self.archive, self.clear)
        return NewChoice(*whole, filters, self.rows, self.overwrite)


class ChoiceView(BaseModel):
    """What is chosen now."""

    choice: ChoiceOfKinds
    chosen: dict[str, Counts] = Field(examples=[{"people": COUNTS_EXAMPLE}])
    revision: int = Field(description="the ETag, as a number", examples=[1])

    @classmethod
    def of(cls, made: ChoiceMade) -> Self:
        """Show a choice."""
        counts = {name: Counts(**found) for name, found in made.chosen.items()}
        return cls(choice=ChoiceOfKinds.of(made.choice), chosen=counts, revision=made.revision)
