"""Progress of an import as server-sent events."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.importer.api.dependencies import AppParts, Importing
from services.importer.api.models import ImportView
from services.importer.application.read_imports import read_import
from services.importer.domain.run import Run
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/imports/{import_id}", tags=["imports"])
_REVISION = re.compile("[0-9]{1,18}")


async def _existing(import_id: UUID, acting: Importing, parts: AppParts) -> Run:
    # A dependency, so that not_found is answered before the stream begins.
    return await read_import(parts.database, acting.school_id, import_id)


@router.get(
    "/events",
    response_class=EventSourceResponse,
    summary="Follow an import",
    operation_id="follow_import",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def follow(
    run: Annotated[Run, Depends(_existing)],
    parts: AppParts,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """An event `progress` with the import for each step; ends when the import rests."""
    seen = int(last_event_id) if last_event_id and _REVISION.fullmatch(last_event_id) else -1
    # An id that this import never gave would keep its listener waiting for ever.
    seen = seen if seen <= run.revision else -1
    while True:
        if run.revision > seen:
            seen = run.revision
            shown = ImportView.of(run).model_dump(mode="json")
            yield ServerSentEvent(event="progress", id=str(run.revision), data=shown)
        if run.rests:
            return
        await asyncio.sleep(parts.settings.event_poll_seconds)
        run = await read_import(parts.database, run.school_id, run.id)
