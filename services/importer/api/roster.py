"""The roster as Numo shows it."""

from typing import Literal

from fastapi import APIRouter

from services.importer.api.dependencies import AppParts, Reading
from services.importer.api.models import GroupView, PersonView
from services.importer.application.read_roster import read_groups, read_people
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.roster.document import GroupKind, PersonRole

router = APIRouter(prefix="/v1", tags=["roster"])
State = Literal["active", "archived"]


@router.get("/people", summary="People of the school", operation_id="list_people")
async def people(
    acting: Reading,
    parts: AppParts,
    *,
    role: PersonRole | None = None,
    state: State | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PersonView]:
    """A page of pupils and employees, in the order in which Numo came to know them."""
    wanted: dict[str, str | None] = {"role": role, "state": state}
    after = decode_id(cursor)
    rows = await read_people(parts.database, acting.school_id, wanted, after, limit + 1)
    more = encode_cursor(str(rows[limit - 1]["id"])) if len(rows) > limit else None
    return Page(items=[PersonView.model_validate(row) for row in rows[:limit]], next=more)


@router.get("/groups", summary="Groups of the school", operation_id="list_groups")
async def groups(
    acting: Reading,
    parts: AppParts,
    *,
    kind: GroupKind | None = None,
    state: State | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[GroupView]:
    """A page of stamgroepen and lesgroepen."""
    wanted: dict[str, str | None] = {"kind": kind, "state": state}
    after = decode_id(cursor)
    rows = await read_groups(parts.database, acting.school_id, wanted, after, limit + 1)
    more = encode_cursor(str(rows[limit - 1]["id"])) if len(rows) > limit else None
    return Page(items=[GroupView.model_validate(row) for row in rows[:limit]], next=more)
