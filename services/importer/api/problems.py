"""What of an import's source could not be read: on the screen, and to download and mend."""

import asyncio
import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from services.importer.api.cursors import position_in
from services.importer.api.dependencies import AppParts, Importing
from services.importer.api.file_models import ProblemView
from services.importer.application.read_problems import (
    AskedProblems,
    all_problems,
    note_problems,
    read_problems,
)
from services.importer.domain.audit import AuditAction
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, encode_cursor
from shared.problem_handlers import problem_responses
from shared.tabular import CSV_TYPE, XLSX_TYPE, Cell, attachment, csv_stream, write_xlsx

router = APIRouter(prefix="/v1/imports/{import_id}", tags=["imports"])
_HEADER = ("regel", "kolom", "kolomnaam", "waarde", "reden")
# As many as anybody mends by hand; the CSV has them all.
_MOST_IN_WORKBOOK = 100_000


@router.get(
    "/problems",
    summary="What could not be read, page by page",
    operation_id="list_import_problems",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def problems(
    import_id: UUID, acting: Importing, parts: AppParts, limit: Limit = 100, cursor: Cursor = None
) -> Page[ProblemView]:
    """A page of problems, each with its value; none any more after some weeks."""
    asked = AskedProblems(acting.school_id, import_id, acting.caller, AuditAction.LOOK)
    after = position_in(cursor)
    rows, has_more = await read_problems(parts.database, asked, after=after, limit=limit)
    more = encode_cursor(str(rows[-1]["position"])) if has_more else None
    return Page(items=[ProblemView(**_shown(row)) for row in rows], next=more)


@router.get(
    "/problems.csv",
    summary="What could not be read, as CSV",
    operation_id="download_import_problems",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        **problem_responses(ErrorCode.NOT_FOUND),
    },
)
async def as_csv(import_id: UUID, acting: Importing, parts: AppParts) -> StreamingResponse:
    """For Excel: with semicolons, and no value that starts a formula."""
    asked = AskedProblems(acting.school_id, import_id, acting.caller, AuditAction.EXPORT)
    await note_problems(parts.database, asked)
    rows = all_problems(parts.database, acting.school_id, import_id)
    lines = csv_stream(_HEADER, (_line(row) async for row in rows))
    headers = attachment(f"import-{import_id}-problemen.csv")
    return StreamingResponse(lines, media_type=CSV_TYPE, headers=headers)


@router.get(
    "/problems.xlsx",
    summary="What could not be read, as an Excel workbook",
    operation_id="download_import_problems_workbook",
    response_class=Response,
    responses={
        200: {"content": {XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
        **problem_responses(ErrorCode.NOT_FOUND),
    },
)
async def as_workbook(import_id: UUID, acting: Importing, parts: AppParts) -> Response:
    """The first 100,000 as an Excel workbook."""
    asked = AskedProblems(acting.school_id, import_id, acting.caller, AuditAction.EXPORT)
    rows, _ = await read_problems(parts.database, asked, after=None, limit=_MOST_IN_WORKBOOK)
    file = io.BytesIO()
    await asyncio.to_thread(write_xlsx, file, _HEADER, map(_line, rows))
    headers = attachment(f"import-{import_id}-problemen.xlsx")
    return Response(file.getvalue(), media_type=XLSX_TYPE, headers=headers)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ProblemView.model_fields}


def _line(row: Mapping[str, Any]) -> list[Cell]:
    place = row["line"] or row["place"]
    return [place, row["column_number"], row["column_title"], row["value"], row["detail"]]
