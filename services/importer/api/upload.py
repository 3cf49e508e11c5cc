"""Upload a file and import it at once: KIES CSV BESTAND."""

from fastapi import APIRouter, Request, Response

from services.importer.api.dependencies import AppParts, Ordering
from services.importer.api.form import FORM, sent_form_file
from services.importer.api.models import ImportView
from services.importer.application.bring_file import SentFile
from services.importer.application.start_import import start_import
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/imports", tags=["imports"])
PATH = f"{router.prefix}/csv"


@router.post(
    "/csv",
    status_code=202,
    summary="Import from a CSV or Excel file",
    operation_id="start_csv_import",
    openapi_extra=FORM,
    responses=problem_responses(
        ErrorCode.IMPORT_RUNNING,
        ErrorCode.FILE_NOT_READABLE,
        ErrorCode.FILE_NOT_TRUSTED,
        ErrorCode.BODY_TOO_LARGE,
        ErrorCode.NOT_FOUND,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def upload(
    request: Request,
    order: Ordering,
    parts: AppParts,
    response: Response,
) -> ImportView:
    """Begin an import from a file in form field `file`, by the columns whose titles are certain."""
    async with sent_form_file(request) as file:
        sent = await SentFile.received(file)
        seconds = parts.settings.lease_seconds
        run = await start_import(parts.database, parts.queue, seconds, order, sent)
    response.headers["Location"] = f"/v1/imports/{run.id}"
    return ImportView.of(run)
