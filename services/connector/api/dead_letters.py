"""Dead letters: what the connector gave up, seen and sent again by ops."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from services.connector.api.dependencies import OwnDatabase, Queue
from services.connector.application.dead_letters import read_dead_letters
from services.connector.application.dead_letters import retry as try_again
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/dead-letters", tags=["dead letters"])
_ID = "01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10"


class DeadLetterResource(BaseModel):
    """A side effect that was tried for four days and then given up."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[_ID])
    topic: str = Field(description="what was to be done", examples=["mail.koppeling_active"])
    subject_id: UUID = Field(description="the koppeling that it is about", examples=[_ID])
    attempts: int = Field(examples=[108])
    last_error: str | None = Field(
        description="class of the last failure", examples=["SMTPConnectError"]
    )
    dead_at: datetime | None = Field(description="null once it is tried again")
    done_at: datetime | None = Field(description="when trying again succeeded")


@router.get("", summary="List dead letters", operation_id="list_dead_letters")
async def list_page(
    ops: Ops, database: OwnDatabase, limit: Limit = 50, cursor: Cursor = None
) -> Page[DeadLetterResource]:
    """What was given up and not tried again, in the order in which it was written."""
    found, last = await read_dead_letters(
        database, only_product=ops.product, after=decode_id(cursor), limit=limit
    )
    items = [DeadLetterResource.model_validate(letter) for letter in found]
    return Page(items=items, next=None if last is None else encode_cursor(str(last)))


@router.post(
    "/{letter_id}/retry",
    summary="Try a dead letter again",
    operation_id="retry_dead_letter",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def retry(
    letter_id: UUID, ops: Ops, database: OwnDatabase, queue: Queue
) -> DeadLetterResource:
    """Carry it out now, with all its attempts anew; a mail that is not true any more is dropped.

    Asking again changes nothing: what is not dead (any more) is left as it is.
    """
    found = await try_again(database, queue, letter_id, only_product=ops.product)
    return DeadLetterResource.model_validate(found)
