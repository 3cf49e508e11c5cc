"""Begin an import, look at it, and apply it."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.importer.api.dependencies import (
    AppParts,
    Importing,
    Ordering,
    person_of,
)
from services.importer.api.import_requests import ApplyRequest, ImportRequest
from services.importer.api.models import ImportView
from services.importer.application.bring_file import WaitingFile
from services.importer.application.cancel_import import cancel_import
from services.importer.application.read_imports import read_import, read_imports
from services.importer.application.replan import replan
from services.importer.application.request_apply import Verder, request_apply
from services.importer.application.start_import import start_import
from services.importer.application.undo_import import start_undo
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses
from shared.revisions import ExpectedRevisions, etag

router = APIRouter(prefix="/v1/imports", tags=["imports"])


@router.post(
    "",
    status_code=202,
    summary="Import from Somtoday, or from a file that was uploaded",
    operation_id="start_import",
    responses=problem_responses(
        ErrorCode.IMPORT_RUNNING,
        ErrorCode.NOT_FOUND,
        ErrorCode.FILE_NOT_READABLE,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def start(
    body: ImportRequest,
    order: Ordering,
    parts: AppParts,
    response: Response,
) -> ImportView:
    """Begin an import; a plan that was not applied is given up for it."""
    file = None if body.file_id is None else WaitingFile(body.file_id)
    seconds = parts.settings.lease_seconds
    run = await start_import(parts.database, parts.queue, seconds, order, file)
    response.headers["Location"] = f"/v1/imports/{run.id}"
    return ImportView.of(run)


@router.get("", summary="The school's imports, newest first", operation_id="list_imports")
async def overview(
    acting: Importing, parts: AppParts, limit: Limit = 50, cursor: Cursor = None
) -> Page[ImportView]:
    """A page of imports."""
    before = decode_id(cursor)
    runs = await read_imports(parts.database, acting.school_id, before, limit + 1)
    shown = runs[:limit]
    more = encode_cursor(str(shown[-1].id)) if len(runs) > limit else None
    return Page(items=[ImportView.of(run) for run in shown], next=more)


@router.get(
    "/{import_id}",
    summary="One import: state, progress, counts",
    operation_id="read_import",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def one(
    import_id: UUID, acting: Importing, parts: AppParts, response: Response
) -> ImportView:
    """An import; its ETag is that of the choice."""
    run = await read_import(parts.database, acting.school_id, import_id)
    response.headers["ETag"] = etag(run.choice_revision)
    return ImportView.of(run)


@router.post(
    "/{import_id}/apply",
    status_code=202,
    summary="VERDER: apply what was chosen",
    operation_id="apply_import",
    responses=problem_responses(
        ErrorCode.NOT_FOUND,
        ErrorCode.IMPORT_NOT_READY,
        ErrorCode.IF_MATCH_REQUIRED,
        ErrorCode.PLAN_DIFFERS,
        ErrorCode.CHOICE_CHANGED,
        ErrorCode.ROSTER_CHANGED,
        ErrorCode.PLAN_STALE,
        ErrorCode.BRAKE_NOT_CONFIRMED,
    ),
)
async def apply(
    *,
    import_id: UUID,
    body: ApplyRequest,
    acting: Importing,
    order: Ordering,
    parts: AppParts,
    response: Response,
    expected: ExpectedRevisions,
) -> ImportView:
    """Apply the plan with this digest, as it was chosen when it was read.

    When roster or source moved on, it is made anew instead.
    """
    seconds = parts.settings.lease_seconds
    seen = Verder(import_id, body.digest, expected, person_of(acting))
    run = await request_apply(parts.database, parts.queue, seconds, order, seen)
    response.headers["Location"] = f"/v1/imports/{run.id}"
    return ImportView.of(run)


@router.post(
    "/{import_id}/cancel",
    summary="ANNULEREN: end an import that was not confirmed",
    operation_id="cancel_import",
    responses=problem_responses(ErrorCode.NOT_FOUND, ErrorCode.IMPORT_NOT_READY),
)
async def cancel(import_id: UUID, acting: Importing, parts: AppParts) -> ImportView:
    """Throw away what it read and proposes; a repeat changes nothing."""
    run = await cancel_import(parts.database, acting.school_id, acting.caller, import_id)
    return ImportView.of(run)


@router.post(
    "/{import_id}/replan",
    status_code=202,
    summary="Read the source again and make the plan anew",
    operation_id="replan_import",
    responses=problem_responses(
        ErrorCode.NOT_FOUND, ErrorCode.IMPORT_NOT_READY, ErrorCode.ROSTER_CHANGED
    ),
)
async def plan_again(
    import_id: UUID, acting: Importing, parts: AppParts, response: Response
) -> ImportView:
    """Choices that still hold are kept; what differs is shown. A CSV is compared again."""
    seconds = parts.settings.lease_seconds
    run = await replan(parts.database, parts.queue, seconds, acting.school_id, import_id)
    response.headers["Location"] = f"/v1/imports/{run.id}"
    return ImportView.of(run)


@router.post(
    "/{import_id}/undo",
    status_code=202,
    summary="Take an import back",
    operation_id="undo_import",
    responses=problem_responses(
        ErrorCode.NOT_FOUND,
        ErrorCode.IMPORT_NOT_READY,
        ErrorCode.IMPORT_RUNNING,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def undo(
    import_id: UUID,
    order: Ordering,
    parts: AppParts,
    response: Response,
) -> ImportView:
    """A plan like any other, shown before anything changes; what was edited since is named."""
    seconds = parts.settings.lease_seconds
    run = await start_undo(parts.database, parts.queue, seconds, order, import_id)
    response.headers["Location"] = f"/v1/imports/{run.id}"
    return ImportView.of(run)
