"""The roster as Numo shows it: lists, the feed of changes, and one person."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.importer.api.dependencies import AppParts, LookingAtOne, Reading
from services.importer.api.roster_models import (
    GroupView,
    MembershipView,
    PersonView,
    RosterPage,
)
from services.importer.api.roster_queries import PageOfGroups, PageOfMemberships, PageOfPeople
from services.importer.application.read_roster import RosterRows, read_person, read_roster_page
from shared.errors.codes import ErrorCode
from shared.paging import encode_cursor
from shared.problem_handlers import problem_responses
from shared.revisions import etag

router = APIRouter(prefix="/v1", tags=["roster"])


@router.get("/people", summary="People of the school", operation_id="list_people")
async def people(
    reader: Reading, parts: AppParts, wanted: Annotated[PageOfPeople, Query()]
) -> RosterPage[PersonView]:
    """A page of pupils and employees; `member_role=teacher` asks for who teaches.

    Without `state`: all but the erased. A docent sees the own groups only.
    """
    found = await read_roster_page(parts.database, reader, "people", wanted.asked())
    items = [PersonView.model_validate(row) for row in found.rows]
    return RosterPage(items=items, **_rest(found, wanted.changed_since))


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
    reader: Reading, parts: AppParts, wanted: Annotated[PageOfGroups, Query()]
) -> RosterPage[GroupView]:
    """A page of stamgroepen and lesgroepen; a docent sees the own ones only."""
    found = await read_roster_page(parts.database, reader, "groups", wanted.asked())
    items = [GroupView.model_validate(row) for row in found.rows]
    return RosterPage(items=items, **_rest(found, wanted.changed_since))


@router.get("/memberships", summary="Who is in which group", operation_id="list_memberships")
async def memberships(
    reader: Reading, parts: AppParts, wanted: Annotated[PageOfMemberships, Query()]
) -> RosterPage[MembershipView]:
    """A page of memberships; a docent sees those of the own groups only."""
    found = await read_roster_page(parts.database, reader, "memberships", wanted.asked())
    items = [MembershipView.model_validate(row) for row in found.rows]
    return RosterPage(items=items, **_rest(found, wanted.changed_since))


def _rest(found: RosterRows, changed_since: int | None) -> dict[str, Any]:
    following = None
    if found.more:
        last = found.rows[-1]
        position = [str(last["id"])]
        if changed_since is not None:
            position.insert(0, str(last["changed_in"]))
        following = encode_cursor(*position)
    return {"next": following, "roster_version": found.version}
