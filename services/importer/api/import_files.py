"""Files that wait: upload, look at the proposed columns, change them, and import."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.importer.api.dependencies import AppParts, Importing, Ordering
from services.importer.api.file_models import ImportFileView, MappingRequest
from services.importer.api.form import FORM, sent_form_file
from services.importer.application.import_files import (
    ImportFile,
    drop_file,
    map_columns,
    put_file,
    read_file,
)
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses
from shared.revisions import RevisionsIfTold, etag

PATH = "/v1/import-files"
router = APIRouter(prefix=PATH, tags=["files"])


def _shown(file: ImportFile, response: Response) -> ImportFileView:
    response.headers["ETag"] = etag(file.revision)
    return ImportFileView.of(file)


@router.post(
    "",
    status_code=201,
    summary="Upload a CSV or Excel file and see what its columns are",
    operation_id="put_import_file",
    openapi_extra=FORM,
    responses=problem_responses(
        ErrorCode.FILE_NOT_READABLE,
        ErrorCode.FILE_NOT_TRUSTED,
        ErrorCode.BODY_TOO_LARGE,
        ErrorCode.NOT_FOUND,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def put(
    request: Request,
    order: Ordering,
    parts: AppParts,
    response: Response,
) -> ImportFileView:
    """Keep the file in form field `file`, without the columns that Numo must not have."""
    async with sent_form_file(request) as file:
        kept = await put_file(parts.database, parts.settings.upload_keep_hours, order, file)
    response.headers["Location"] = f"{PATH}/{kept.id}"
    return _shown(kept, response)


@router.get(
    "/{file_id}",
    summary="A file that waits",
    operation_id="read_import_file",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def one(
    file_id: UUID, acting: Importing, parts: AppParts, response: Response
) -> ImportFileView:
    """The file's columns as they are mapped now."""
    return _shown(await read_file(parts.database, acting.school_id, file_id), response)


@router.put(
    "/{file_id}/mapping",
    summary="Say which column is which",
    operation_id="map_import_file",
    responses=problem_responses(
        ErrorCode.NOT_FOUND, ErrorCode.FILE_NOT_READABLE, ErrorCode.MAPPING_CHANGED
    ),
)
async def mapping(
    *,
    file_id: UUID,
    body: MappingRequest,
    acting: Importing,
    parts: AppParts,
    response: Response,
    expected: RevisionsIfTold,
) -> ImportFileView:
    """Put this mapping in the place of the proposal."""
    columns = {name.value: number - 1 for name, number in body.columns.items()}
    mapped = await map_columns(parts.database, acting.school_id, file_id, columns, expected)
    return _shown(mapped, response)


@router.delete(
    "/{file_id}",
    status_code=204,
    summary="Throw a file away",
    operation_id="drop_import_file",
)
async def drop(file_id: UUID, acting: Importing, parts: AppParts) -> None:
    """Forget the file at once; again is no mistake."""
    await drop_file(parts.database, acting.school_id, file_id)
