"""Licenses in use, and what an administrator may do about them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.licensing.api.dependencies import Looking, Merging
from services.licensing.api.models import ID_EXAMPLE, RequestBody
from services.licensing.application import licenses as cases
from shared.app_parts import OwnDatabase
from shared.errors.codes import ErrorCode
from shared.one_line import OneLine
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1", tags=["licenses"])


class LicenseResource(BaseModel):
    """A license of one pupil for one license product and schooljaar."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[ID_EXAMPLE])
    pool_id: UUID = Field(examples=[ID_EXAMPLE])
    person_id: UUID = Field(examples=[ID_EXAMPLE])
    license_product: str = Field(examples=["numo-rekenen"])
    schooljaar: str = Field(examples=["2026-2027"])
    used_at: datetime
    released_at: datetime | None = Field(description="null while it is in use")


class ReleaseBody(RequestBody):
    """Why a license is given back."""

    reason: OneLine = Field(examples=["naar een andere school gegaan"])


class MergeBody(RequestBody):
    """Two persons of a school that are one."""

    person_id: UUID = Field(description="the one that goes", examples=[ID_EXAMPLE])
    into_person_id: UUID = Field(description="the one that stays", examples=[ID_EXAMPLE])


class MergeResource(BaseModel):
    """Whom a person counts as from now on."""

    person_id: UUID
    counts_as: UUID


@router.get("/licenses", summary="A school's licenses", operation_id="list_licenses")
async def list_page(
    *,
    acting: Looking,
    database: OwnDatabase,
    person_id: Annotated[UUID | None, Query(examples=[ID_EXAMPLE])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[LicenseResource]:
    """Each license that was used, oldest first, also those that were released."""
    found = await cases.read_licenses(
        database, acting, person_id=person_id, after=decode_id(cursor), limit=limit + 1
    )
    shown = [LicenseResource.model_validate(one) for one in found[:limit]]
    more = encode_cursor(str(shown[-1].id)) if len(found) > limit else None
    return Page(items=shown, next=more)


@router.post(
    "/licenses/{license_id}/release",
    summary="Give back the license of a pupil who left",
    operation_id="release_license",
    responses=problem_responses(ErrorCode.NOT_FOUND, ErrorCode.LICENSE_NOT_RELEASABLE),
)
async def release(
    license_id: UUID, body: ReleaseBody, acting: Looking, database: OwnDatabase
) -> LicenseResource:
    """Within 30 days after it was used, for a pupil who is archived; twice is once."""
    released = await cases.release_license(database, acting, license_id, body.reason)
    return LicenseResource.model_validate(released)


@router.post(
    "/license-merges",
    summary="Two persons are one",
    operation_id="merge_license_persons",
    responses=problem_responses(ErrorCode.PERSON_UNKNOWN),
)
async def merge(body: MergeBody, acting: Merging, database: OwnDatabase) -> MergeResource:
    """Count two pupils of a school as one, past and future: of two licenses one is released.

    Asked again it changes nothing.
    """
    counts_as = await cases.merge_persons(
        database, acting.school_id, acting.caller, body.person_id, body.into_person_id
    )
    return MergeResource(person_id=body.person_id, counts_as=counts_as)
