"""Change a person by hand; what is held so is shown, and can be given back to the source."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.importer.api.dependencies import AppParts, Changing, hand_of
from services.importer.application.change_person import ByHand, change_person, read_by_hand
from services.importer.domain.hand_changes import HAND_FIELDS, HandField
from shared.errors.codes import ErrorCode
from shared.ids import VestigingCode
from shared.mail.address import Address
from shared.one_line import OneLine
from shared.problem_handlers import problem_responses
from shared.revisions import RevisionsIfTold, etag

router = APIRouter(prefix="/v1/people/{person_id}", tags=["roster"])


class PersonChange(BaseModel):
    """Fields to set (null empties all but the names), and fields to give back to the source."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"given_name": "Fen", "release": ["email"]}]},
    )

    given_name: OneLine | None = None
    prefix: OneLine | None = None
    family_name: OneLine | None = None
    email: Address | None = None
    username: OneLine | None = None
    leerjaar: OneLine | None = None
    onderwijssoort: OneLine | None = None
    vestiging_code: VestigingCode | None = None
    release: list[HandField] = Field(
        [], max_length=len(HAND_FIELDS), description="the next import may overwrite these"
    )

    @field_validator("given_name", "family_name")
    @classmethod
    def _is_a_name(cls, name: str | None) -> str:
        if name is None:
            msg = "roepnaam en achternaam mogen niet leeg zijn"
            raise ValueError(msg)
        return name

    def wanted(self) -> dict[str, str | None]:
        """Only what the caller named."""
        return self.model_dump(exclude_unset=True, exclude={"release"})


class HandChangeView(BaseModel):
    """One field that was changed by hand."""

    field: str = Field(examples=["given_name"])
    before: str | None = Field(examples=["Fenna"])
    after: str | None = Field(examples=["Fen"])
    released: bool = Field(description="given back to the source", examples=[False])
    changed_by: str = Field(description="opaque id", examples=["user:anna"])
    changed_at: datetime


class ByHandView(BaseModel):
    """A person's fields that can be changed by hand, and which of them are held."""

    fields: dict[str, str | None] = Field(examples=[{"given_name": "Fen"}])
    held: list[str] = Field(description="a source does not overwrite these by itself")
    history: list[HandChangeView] = Field(description="newest first, at most 100")

    @classmethod
    def of(cls, found: ByHand) -> Self:
        """Show them."""
        shown: list[dict[str, Any]] = found.history
        history = [
            HandChangeView(**{name: row[name] for name in HandChangeView.model_fields})
            for row in shown
        ]
        return cls(fields=found.fields, held=found.held, history=history)


@router.get(
    "/hand-changes",
    summary="What was changed of a person by hand",
    operation_id="read_hand_changes",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def by_hand(
    person_id: UUID, acting: Changing, parts: AppParts, response: Response
) -> ByHandView:
    """A docent sees the pupils of the own groups only."""
    found = await read_by_hand(parts.database, acting.school_id, person_id, hand_of(acting))
    response.headers["ETag"] = etag(found.revision)
    return ByHandView.of(found)


@router.patch(
    "",
    summary="Change a person by hand",
    operation_id="change_person",
    responses=problem_responses(ErrorCode.NOT_FOUND, ErrorCode.PERSON_CHANGED),
)
async def change(
    *,
    person_id: UUID,
    body: PersonChange,
    acting: Changing,
    parts: AppParts,
    response: Response,
    expected: RevisionsIfTold,
) -> ByHandView:
    """What is set is held: an import shows the source's value and leaves it, unless chosen."""
    found = await change_person(
        parts.database,
        acting.school_id,
        person_id,
        hand_of(acting),
        wanted=body.wanted(),
        released=body.release,
        expected=expected,
    )
    response.headers["ETag"] = etag(found.revision)
    return ByHandView.of(found)
