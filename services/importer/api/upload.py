"""Upload a CSV: KIES CSV BESTAND."""

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from services.importer.api.dependencies import AppParts, Importing
from services.importer.api.models import ImportView
from services.importer.application.start_import import ImportOrder, start_import
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.idempotency.first_answer import IdempotencyKey
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/imports", tags=["imports"])
PATH = f"{router.prefix}/csv"
_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        }
    },
}


@router.post(
    "/csv",
    status_code=202,
    summary="Import from a CSV file",
    operation_id="start_csv_import",
    openapi_extra={"requestBody": _FORM},
    responses=problem_responses(
        ErrorCode.IMPORT_RUNNING,
        ErrorCode.FILE_NOT_READABLE,
        ErrorCode.BODY_TOO_LARGE,
        ErrorCode.NOT_FOUND,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def upload(
    request: Request,
    acting: Importing,
    parts: AppParts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> ImportView:
    """Begin an import from a file in form field `file`."""
    order = ImportOrder(acting.school_id, acting.caller, idempotency_key)
    try:
        form = await request.form(max_files=1, max_fields=4)
    except (UnicodeError, LookupError):
        # A charset that does not exist: python-multipart lets it through.
        raise Refusal(ErrorCode.REQUEST_REFUSED) from None
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            missing = FieldError("file", "kies een CSV-bestand")
            raise Refusal(ErrorCode.INVALID_REQUEST, errors=(missing,))
        seconds = parts.settings.lease_seconds
        run = await start_import(parts.database, parts.queue, seconds, order, file.file)
    finally:
        await form.close()
    response.headers["Location"] = f"/v1/imports/{run.id}"
    return ImportView.of(run)
