"""Whom a school wants mailed about its licenses."""

from fastapi import APIRouter, status
from pydantic import Field

from services.licensing.api.dependencies import Looking
from services.licensing.api.models import RequestBody
from services.licensing.application.contacts import (
    Contact,
    put_contact,
    read_contact,
    remove_contact,
)
from shared.app_parts import OwnDatabase
from shared.errors.codes import ErrorCode
from shared.mail.address import Address
from shared.one_line import OneLine
from shared.problem_handlers import problem_responses

router = APIRouter(
    prefix="/v1/license-contact",
    tags=["license contact"],
    responses=problem_responses(ErrorCode.NOT_FOUND),
)


class ContactBody(RequestBody):
    """Who is mailed when a pool is at 80, 95 and 100 percent, and when it goes below zero."""

    school_name: OneLine = Field(
        description="as the mail calls the school", examples=["Waterkant College"]
    )
    email: Address = Field(examples=["applicatiebeheer@waterkant.example"])


@router.get("", summary="Who is mailed", operation_id="read_license_contact")
async def read(acting: Looking, database: OwnDatabase) -> ContactBody:
    """The school's contact for its licenses; not_found when it has none."""
    found = await read_contact(database, acting)
    return ContactBody(school_name=found.school_name, email=found.email)


@router.put("", summary="Say who is mailed", operation_id="put_license_contact")
async def put(body: ContactBody, acting: Looking, database: OwnDatabase) -> ContactBody:
    """Make or change the contact; it is apart from the contact of a koppeling."""
    await put_contact(database, acting, Contact(**body.model_dump()))
    return body


@router.delete(
    "",
    summary="Have nobody mailed",
    operation_id="remove_license_contact",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def remove(acting: Looking, database: OwnDatabase) -> None:
    """From now on only Kurve ops are mailed."""
    await remove_contact(database, acting)
