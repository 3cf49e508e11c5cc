"""Two people turn out to be one: what a merge would do, and doing it."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.importer.api.dependencies import AppParts, Importing
from services.importer.api.models import shown_value
from services.importer.application.merge_people import (
    MergeAsked,
    MergePreview,
    merge_people,
    preview_merge,
)
from services.importer.domain.hand_changes import HAND_FIELDS, HandField
from services.importer.domain.merging import MergeGround, Objection, TwoPeople
from shared.errors.codes import ErrorCode
from shared.idempotency.first_answer import RequiredIdempotencyKey
from shared.problem_handlers import problem_responses
from shared.revisions import ExpectedRevisions, etag
from shared.roster.document import MemberRole

router = APIRouter(prefix="/v1/people/{person_id}/merge-into/{into_person_id}", tags=["persons"])
_TAKE = "fields to take from who goes"
_MOST = len(HAND_FIELDS)


class MergedFieldView(BaseModel):
    """A field of both people, and what it becomes."""

    field: str = Field(examples=["email"])
    goes: str | None = Field(description="of who goes", examples=["fen@school.example"])
    stays: str | None = Field(description="of who stays", examples=[None])
    becomes: str | None = Field(examples=["fen@school.example"])


class JoinedGroupView(BaseModel):
    """A group that who stays comes into."""

    group_id: UUID
    group_name: str | None = Field(examples=["h3a"])
    role: MemberRole


class MergePreviewView(BaseModel):
    """What would become of the one who stays; the other's row stays too, archived."""

    fields: list[MergedFieldView]
    joins: list[JoinedGroupView]
    objections: list[Objection] = Field(
        description="what says that they are two; with any of them a ground is required"
    )

    @classmethod
    def of(cls, preview: MergePreview) -> Self:
        """Show a preview."""
        fields = [
            MergedFieldView(
                field=one.field,
                goes=shown_value(one.field, one.gone),
                stays=shown_value(one.field, one.stays),
                becomes=shown_value(one.field, one.becomes),
            )
            for one in preview.fields
        ]
        joins = [
            JoinedGroupView(group_id=one.group_id, group_name=name, role=one.role)
            for one, name in preview.joins
        ]
        return cls(fields=fields, joins=joins, objections=preview.objections)


class MergeRequest(BaseModel):
    """Whose values are taken, and on what ground it is certain; never a name."""

    model_config = ConfigDict(extra="forbid")

    take: list[HandField] = Field([], max_length=_MOST, description=_TAKE)
    ground: MergeGround | None = Field(
        None, description="required where something objects", examples=["double_in_source"]
    )


class MergedView(BaseModel):
    """That two people are one from now on."""

    person_id: UUID
    merged_into: UUID


@router.get(
    "",
    summary="What merging two people would do",
    operation_id="preview_merge",
    responses=problem_responses(ErrorCode.NOT_FOUND, ErrorCode.MERGE_NOT_POSSIBLE),
)
async def preview(
    *,
    person_id: UUID,
    into_person_id: UUID,
    acting: Importing,
    parts: AppParts,
    response: Response,
    take: Annotated[frozenset[HandField], Query(description=_TAKE)] = frozenset(),
) -> MergePreviewView:
    """Per field what it becomes, the groups that are joined, and what objects.

    Who stays keeps what they have; what they lack is filled in. The ETag is for the merge itself.
    """
    two = TwoPeople(acting.school_id, person_id, into_person_id)
    found = await preview_merge(parts.database, MergeAsked(acting.caller, two, take))
    response.headers["ETag"] = etag(found.version)
    return MergePreviewView.of(found)


@router.post(
    "",
    summary="Merge two people who are one",
    operation_id="merge_people",
    responses=problem_responses(
        ErrorCode.NOT_FOUND,
        ErrorCode.MERGE_NOT_POSSIBLE,
        ErrorCode.MERGE_NEEDS_GROUND,
        ErrorCode.PERSON_CHANGED,
        ErrorCode.IF_MATCH_REQUIRED,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def merge(
    *,
    person_id: UUID,
    into_person_id: UUID,
    body: MergeRequest,
    acting: Importing,
    parts: AppParts,
    expected: ExpectedRevisions,
    idempotency_key: RequiredIdempotencyKey,
) -> MergedView:
    """For good: a merge is not taken back. Their licenses count once, and both keys are known."""
    two = TwoPeople(acting.school_id, person_id, into_person_id)
    await merge_people(
        parts.database,
        MergeAsked(acting.caller, two, frozenset(body.take)),
        ground=body.ground,
        expected=expected,
        idempotency_key=idempotency_key,
    )
    return MergedView(person_id=person_id, merged_into=into_person_id)
