"""What ops state of a koppeling, changed."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.connector.api.dependencies import OwnDatabase, Queue
from services.connector.api.models import KoppelingResource
from services.connector.application.change_stated import Stated, change_stated
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.mail.address import Address
from shared.problem_handlers import problem_responses
from shared.revisions import ExpectedRevisions, etag

router = APIRouter(prefix="/v1/koppelingen", tags=["koppelingen"])


class ChangeBody(BaseModel):
    """What changes; what is left out stays, and a date of null is taken away (RFC 7396)."""

    model_config = ConfigDict(extra="forbid")

    # A factory: may be left out, but not null, because a koppeling always has a contact.
    contact_email: Address = Field(
        default_factory=str, examples=["applicatiebeheer@waterkant.example"]
    )
    begin_on: date | None = Field(None, description="first day")
    end_on: date | None = Field(None, description="last day, inclusive")


@router.patch(
    "/{koppeling_id}",
    summary="Change a koppeling's contact or dates",
    operation_id="change_koppeling",
    responses=problem_responses(
        ErrorCode.NOT_FOUND, ErrorCode.KOPPELING_CHANGED, ErrorCode.IF_MATCH_REQUIRED
    ),
)
async def change(
    *,
    koppeling_id: UUID,
    body: ChangeBody,
    ops: Ops,
    database: OwnDatabase,
    queue: Queue,
    response: Response,
    expected: ExpectedRevisions,
) -> KoppelingResource:
    """Change what is stated; other dates are looked at at once, another contact gets no mail.

    One that had expired starts anew when its last day is not over any more. The ETag is that of
    what is stated: what Somtoday shows meanwhile does not stand in the way.
    """
    given = body.model_dump(exclude_unset=True)
    stated = Stated(given.pop("contact_email", None), given)
    found = await change_stated(
        koppeling_id,
        stated,
        database=database,
        queue=queue,
        actor=ops.audit_name,
        only_product=ops.product,
        expected=expected,
    )
    response.headers["ETag"] = etag(found.revision)
    return KoppelingResource.model_validate(found)
