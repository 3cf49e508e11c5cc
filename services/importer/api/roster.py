"""The roster as Numo shows it: lists, the feed of changes, and one person."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.importer.api.dependencies import AppParts, LookingAtOne, Reading
from services.importer.api.roster_models import (
    GroupView,
    MembershipView,
    PersonView,
    RosterPage,
)
from services.importer.application.read_roster import RosterRows, read_person, read_roster_page
from services.importer.domain.reading import RosterQuery
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.one_line import OneLine
from shared.paging import Cursor, Limit, cursor_refused, decode_cursor, decode_id, encode_cursor
from shared.problem_handlers import problem_responses
from shared.revisions import etag
from shared.roster.document import GroupKind, MemberRole, PersonRole

router = APIRouter(prefix="/v1", tags=["roster"])
ChangedSince = Annotated[
    int | None,
    Query(
        ge=0,
        le=2**62,
        description="the feed: what changed after this `roster_version`, in the order of its "
        "changes, the archived, ended and erased too; only with filters that stay true",
    ),
]
_VERSION = re.compile("[0-9]{1,18}")


@router.get("/people", summary="People of the school", operation_id="list_people")
async def people(
    reader: Reading,
    parts: AppParts,
    *,
    role: PersonRole | None = None,
    state: Literal["active", "archived", "erased"] | None = None,
    vestiging_code: OneLine | None = None,
    leerjaar: OneLine | None = None,
    group_id: UUID | None = None,
    member_role: MemberRole | None = None,
    changed_since: ChangedSince = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> RosterPage[PersonView]:
    """A page of pupils and employees; `member_role=teacher` asks for who teaches.

    Without `state`: all but the erased. A docent sees the own groups only.
    """
    passing = {"state": state, "vestiging_code": vestiging_code, "leerjaar": leerjaar}
    membership = {"group_id": group_id, "member_role": member_role}
    _refuse_passing(changed_since, {**passing, **membership})
    query = RosterQuery(
        limit,
        {"role": role, **passing},
        changed_since=changed_since,
        after=_position(cursor, changed_since),
        in_group=group_id,
        as_member=member_role,
    )
    found = await read_roster_page(parts.database, reader, "people", query)
    items = [PersonView.model_validate(row) for row in found.rows]
    return RosterPage(items=items, **_rest(found, changed_since))


@router.get(
    "/people/{person_id}",
    summary="One person",
    operation_id="read_person",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def one_person(
    person_id: UUID, reader: LookingAtOne, parts: AppParts, response: Response
) -> PersonView:
    """A person; a leerling sees only themselves, a docent who is in the own groups.

    The ETag is for changing them by hand.
    """
    row = await read_person(parts.database, reader, person_id)
    response.headers["ETag"] = etag(row["changed_in"])
    return PersonView.model_validate(row)


@router.get("/groups", summary="Groups of the school", operation_id="list_groups")
async def groups(
    reader: Reading,
    parts: AppParts,
    *,
    kind: GroupKind | None = None,
    state: Literal["active", "archived"] | None = None,
    schooljaar: OneLine | None = None,
    vestiging_code: OneLine | None = None,
    changed_since: ChangedSince = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> RosterPage[GroupView]:
    """A page of stamgroepen and lesgroepen; a docent sees the own ones only."""
    passing = {"state": state, "schooljaar": schooljaar, "vestiging_code": vestiging_code}
    _refuse_passing(changed_since, passing)
    query = RosterQuery(
        limit,
        {"kind": kind, **passing},
        changed_since=changed_since,
        after=_position(cursor, changed_since),
    )
    found = await read_roster_page(parts.database, reader, "groups", query)
    items = [GroupView.model_validate(row) for row in found.rows]
    return RosterPage(items=items, **_rest(found, changed_since))


@router.get("/memberships", summary="Who is in which group", operation_id="list_memberships")
async def memberships(
    reader: Reading,
    parts: AppParts,
    *,
    person_id: UUID | None = None,
    group_id: UUID | None = None,
    role: MemberRole | None = None,
    state: Literal["active", "ended"] | None = None,
    changed_since: ChangedSince = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> RosterPage[MembershipView]:
    """A page of memberships; a docent sees those of the own groups only."""
    _refuse_passing(changed_since, {"state": state})
    query = RosterQuery(
        limit,
        {"person_id": person_id, "group_id": group_id, "role": role, "state": state},
        changed_since=changed_since,
        after=_position(cursor, changed_since),
    )
    found = await read_roster_page(parts.database, reader, "memberships", query)
    items = [MembershipView.model_validate(row) for row in found.rows]
    return RosterPage(items=items, **_rest(found, changed_since))


def _refuse_passing(changed_since: int | None, filters: Mapping[str, object]) -> None:
    """Who stops to fit a filter would never be told to who follows the feed with it."""
    if changed_since is None:
        return
    wrong = "dit filter kan niet samen met changed_since: wie er niet meer bij hoort zou ontbreken"
    errors = tuple(FieldError(name, wrong) for name, value in filters.items() if value is not None)
    if errors:
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=errors)


def _position(
    cursor: str | None, changed_since: int | None
) -> tuple[int, UUID] | tuple[UUID] | None:
    if changed_since is None:
        found = decode_id(cursor)
        return None if found is None else (found,)
    position = decode_cursor(cursor, 2)
    if position is None:
        return None
    try:
        row_id = UUID(position[1])
    except ValueError:
        raise cursor_refused() from None
    if _VERSION.fullmatch(position[0]) is None:
        raise cursor_refused()
    return int(position[0]), row_id


def _rest(found: RosterRows, changed_since: int | None) -> dict[str, Any]:
    following = None
    if found.more:
        last = found.rows[-1]
        position = [str(last["id"])]
        if changed_since is not None:
            position.insert(0, str(last["changed_in"]))
        following = encode_cursor(*position)
    return {"next": following, "roster_version": found.version}
