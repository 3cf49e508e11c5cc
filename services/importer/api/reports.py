"""The report of an import, to keep or to open in Excel."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from services.importer.api.dependencies import AppParts, Importing
from services.importer.application.report_import import csv_report, note_report, xlsx_report
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses
from shared.tabular import CSV_TYPE, XLSX_TYPE, attachment

router = APIRouter(prefix="/v1/imports/{import_id}", tags=["imports"])
_FILES: dict[str, dict[str, str]] = {"text/csv": {}, XLSX_TYPE: {}}


@router.get(
    "/report",
    response_class=Response,
    summary="Report of an import, as CSV or XLSX",
    operation_id="report_import",
    responses={
        200: {"content": _FILES, "description": "a file"},
        **problem_responses(ErrorCode.NOT_FOUND, ErrorCode.IMPORT_NOT_READY),
    },
)
async def report(
    import_id: UUID,
    acting: Importing,
    parts: AppParts,
    format: Literal["csv", "xlsx"] = "csv",  # noqa: A002 - the name of the parameter
) -> Response:
    """Every change, field by field, with its reason and what became of it; safe to open."""
    database, school_id = parts.database, acting.school_id
    await note_report(database, school_id, acting.caller, import_id)
    headers = attachment(f"import-{import_id}.{format}")
    if format == "xlsx":
        content = await xlsx_report(database, school_id, import_id)
        return Response(content, media_type=XLSX_TYPE, headers=headers)
    lines = csv_report(database, school_id, import_id)
    return StreamingResponse(lines, media_type=CSV_TYPE, headers=headers)
