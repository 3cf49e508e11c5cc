"""The controlescherm: what would change, and what of it is chosen."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response

from services.importer.api.cursors import position_in
from services.importer.api.dependencies import AppParts, ExpectedRevision, Importing, etag
from services.importer.api.models import ChangeView, ChoiceRequest, ChoiceView
from services.importer.application.choose_changes import NewChoice, choose_changes
from services.importer.application.read_imports import read_changes
from services.importer.domain.change import Action, ChangeKind
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/imports/{import_id}", tags=["controlescherm"])


@router.get(
    "/changes",
    summary="Changes of an import, page by page",
    operation_id="list_changes",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def changes(
    import_id: UUID,
    acting: Importing,
    parts: AppParts,
    *,
    kind: ChangeKind | None = None,
    action: Action | None = None,
    role: Literal["pupil", "employee", "teacher", "mentor", "stamgroep", "lesgroep"] | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ChangeView]:
    """A page of changes in a fixed order: people, groups, memberships."""
    wanted = {"kind": kind, "action": action, "role": role}
    after = position_in(cursor)
    rows = await read_changes(
        parts.database,
        acting.school_id,
        import_id,
        caller=acting.caller,
        wanted=wanted,
        after=after,
        limit=limit + 1,
    )
    shown = rows[:limit]
    more = encode_cursor(str(shown[-1]["position"])) if len(rows) > limit else None
    return Page(items=[ChangeView.of(row) for row in shown], next=more)


@router.put(
    "/choice",
    summary="Choose toevoegen, bijwerken, archiveren",
    operation_id="choose_changes",
    responses=problem_responses(
        ErrorCode.NOT_FOUND, ErrorCode.IMPORT_NOT_READY, ErrorCode.CHOICE_CHANGED
    ),
)
async def choose(
    *,
    import_id: UUID,
    body: ChoiceRequest,
    acting: Importing,
    parts: AppParts,
    response: Response,
    expected: ExpectedRevision,
) -> ChoiceView:
    """Choose as a whole and per row; memberships of those who stay belong to bijwerken."""
    new = NewChoice(body.add, body.update, body.archive, body.rows)
    made = await choose_changes(parts.database, acting.school_id, import_id, new, expected)
    response.headers["ETag"] = etag(made.revision)
    return ChoiceView.of(made)
