"""What ops state of a koppeling, changed."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.connector.api.models import DoelgroepBody, KoppelingResource, stated_columns
from services.connector.application.change_stated import change_stated
from services.connector.domain.datavelden import Dataveld
from shared.app_parts import OwnDatabase, Queue
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.mail.address import Address
from shared.problem_handlers import problem_responses
from shared.revisions import ExpectedRevisions, etag

router = APIRouter(prefix="/v1/koppelingen", tags=["koppelingen"])


class ChangeBody(BaseModel):
    """What changes; what is left out stays, and what is null is taken away (RFC 7396)."""

    model_config = ConfigDict(extra="forbid")

    # A factory: may be left out, but not null, because a koppeling always has a contact.
    contact_email: Address = Field(
        default_factory=str, examples=["applicatiebeheer@waterkant.example"]
    )
    begin_on: date | None = Field(None, description="first day")
    end_on: date | None = Field(None, description="last day, inclusive")
    doelgroep: DoelgroepBody | None = Field(None, description="null is everybody")
    datavelden: list[Dataveld] | None = Field(
        None, description="which of the product's optional datavelden; null is all"
    )


@router.patch(
    "/{koppeling_id}",
    summary="Change what is stated of a koppeling",
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
    contact = {name: given[name] for name in ("contact_email",) if name in given}
    stated = contact | stated_columns(given)
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
