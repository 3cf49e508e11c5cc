"""Dead letters of a service: what it gave up, seen and tried again by ops."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, status
from pydantic import BaseModel, ConfigDict, Field

from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.outbox.dead_letters import Subjects, find_dead_letters, retry_dead_letter
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses
from shared.queue import JobQueue

_ID = "01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10"


class DeadLetterResource(BaseModel):
    """A side effect that was tried for four days and then given up."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[_ID])
    topic: str = Field(description="what was to be done", examples=["mail.koppeling_active"])
    subject_id: UUID = Field(
        description="what it is about, e.g. a koppeling or a license pool", examples=[_ID]
    )
    attempts: int = Field(examples=[108])
    last_error: str | None = Field(
        description="class of the last failure", examples=["SMTPConnectError"]
    )
    dead_at: datetime | None = Field(description="null once it is tried again")
    done_at: datetime | None = Field(description="when trying again succeeded")


def dead_letters_router(
    service: str, visible: Callable[..., Awaitable[Subjects | None]], *, drain_job: str
) -> APIRouter:
    """The routes of one service.

    `visible` is a dependency that lets ops in and says which subjects they may see (None: all);
    `drain_job` is the job of the service's worker that carries out its outbox.
    """
    router = APIRouter(prefix="/v1/dead-letters", tags=["dead letters"])
    visible_subjects = Annotated[Subjects | None, Depends(visible)]

    @router.get("", summary="List dead letters", operation_id="list_dead_letters")
    async def list_page(
        request: Request, subjects: visible_subjects, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[DeadLetterResource]:
        """What was given up and not tried again, in the order in which it was written."""
        database, _ = _parts(request)
        after = decode_id(cursor)
        async with database.transaction() as connection:
            found = await find_dead_letters(
                connection, service, subjects=subjects, after=after, limit=limit + 1
            )
        items = [DeadLetterResource.model_validate(letter) for letter in found[:limit]]
        more = encode_cursor(str(items[-1].id)) if len(found) > limit else None
        return Page(items=items, next=more)

    @router.post(
        "/{letter_id}/retry",
        summary="Try a dead letter again",
        operation_id="retry_dead_letter",
        status_code=status.HTTP_202_ACCEPTED,
        responses=problem_responses(ErrorCode.NOT_FOUND),
    )
    async def retry(
        letter_id: UUID, request: Request, subjects: visible_subjects
    ) -> DeadLetterResource:
        """Carry it out now, with all its attempts anew; what is not true any more is dropped.

        Asking again changes nothing: what is not dead (any more) is left as it is.
        """
        database, queue = _parts(request)
        async with database.transaction() as connection:
            found = await retry_dead_letter(connection, service, letter_id, subjects=subjects)
        if found is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        await queue.enqueue(drain_job, attempt=f"drain:{new_id()}")
        return DeadLetterResource.model_validate(found)

    return router


def _parts(request: Request) -> tuple[Database, JobQueue]:
    state: Any = request.app.state
    return state.database, state.queue
