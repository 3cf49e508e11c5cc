"""The controlescherm: what would change, and what of it is chosen."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.importer.api.choice_models import ChoiceRequest, ChoiceView, FilterOfChanges
from services.importer.api.cursors import position_in
from services.importer.api.dependencies import AppParts, Importing
from services.importer.api.models import ChangeView
from services.importer.application.choose_changes import choose_changes
from services.importer.application.read_imports import read_changes, read_places
from services.importer.domain.change import Action, ChangeKind
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, encode_cursor
from shared.problem_handlers import problem_responses
from shared.revisions import RevisionsIfTold, etag

router = APIRouter(prefix="/v1/imports/{import_id}", tags=["controlescherm"])


class PageOfChanges(FilterOfChanges):
    """Which changes, and which page of them."""

    # The query also says for which school: what no part of the route declares is refused for all.
    model_config = ConfigDict(extra="ignore")

    limit: Limit = 100
    cursor: Cursor = None


class PlaceCount(BaseModel):
    """How many changes of one kind and action one klas or vestiging has."""

    place: str = Field(examples=["h3a"])
    vestiging: str | None = Field(
        None, description="of a klas, which one it is", examples=["99ZY00"]
    )
    kind: ChangeKind
    action: Action
    number: int = Field(examples=[3])
    chosen: int = Field(examples=[3])


class SummaryView(BaseModel):
    """Changes counted where they are."""

    klas: list[PlaceCount]
    vestiging: list[PlaceCount]


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
    wanted: Annotated[PageOfChanges, Query()],
) -> Page[ChangeView]:
    """A page of changes in a fixed order: people, groups, memberships."""
    after, limit = position_in(wanted.cursor), wanted.limit
    rows = await read_changes(
        parts.database,
        acting.school_id,
        import_id,
        caller=acting.caller,
        wanted=wanted.asked(),
        after=after,
        limit=limit + 1,
    )
    shown = rows[:limit]
    more = encode_cursor(str(shown[-1]["position"])) if len(rows) > limit else None
    return Page(items=[ChangeView.of(row) for row in shown], next=more)


@router.get(
    "/summary",
    summary="Changes per klas and per vestiging",
    operation_id="summarise_import",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def summary(import_id: UUID, acting: Importing, parts: AppParts) -> SummaryView:
    """Counts per kind and action, and how many of them are chosen; the whole is in the import."""
    found = await read_places(parts.database, acting.school_id, import_id)
    return SummaryView.model_validate({"klas": found["klas"], "vestiging": found["vestiging_code"]})


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
    expected: RevisionsIfTold,
) -> ChoiceView:
    """Choose by kind, filter, row and field; memberships of those who stay are bijwerken."""
    made = await choose_changes(parts.database, acting.school_id, import_id, body.asked(), expected)
    response.headers["ETag"] = etag(made.revision)
    return ChoiceView.of(made)
