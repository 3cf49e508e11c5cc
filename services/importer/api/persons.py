"""One person: the timeline, who looked, export and erase; and how long people are kept."""

from uuid import UUID

from fastapi import APIRouter

from services.importer.api.dependencies import AppParts, Importing
from services.importer.api.person_models import (
    AuditView,
    ErasedView,
    EraseRequest,
    ExportView,
    RetentionView,
    TimelineOfPerson,
    TimelineView,
)
from services.importer.application.erase_person import EraseOrder, erase_person
from services.importer.application.explain_person import (
    Asked,
    explain_person,
    export_person,
    read_audit,
)
from services.importer.application.keep_retention import change_retention, read_retention
from shared.errors.codes import ErrorCode
from shared.idempotency.first_answer import RequiredIdempotencyKey
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1", tags=["persons"])
_UNKNOWN = problem_responses(ErrorCode.NOT_FOUND)


@router.get(
    "/people/{person_id}/timeline",
    summary="Explain one person",
    operation_id="explain_person",
    responses=_UNKNOWN,
)
async def timeline(person_id: UUID, acting: Importing, parts: AppParts) -> TimelineOfPerson:
    """Which import changed which field, from which source, who approved, which license use."""
    asked = Asked(acting.school_id, acting.caller, person_id)
    entries = await explain_person(parts.database, asked)
    return TimelineOfPerson(person_id=person_id, entries=[TimelineView.of(one) for one in entries])


@router.get(
    "/people/{person_id}/audit",
    summary="Who looked at one person, or changed them",
    operation_id="list_audit",
    responses=_UNKNOWN,
)
async def audit(
    person_id: UUID, acting: Importing, parts: AppParts, limit: Limit = 100, cursor: Cursor = None
) -> Page[AuditView]:
    """Every look and change, newest first; a list that showed the person is a look too."""
    asked = Asked(acting.school_id, acting.caller, person_id)
    rows = await read_audit(parts.database, asked, decode_id(cursor), limit + 1)
    shown = rows[:limit]
    more = encode_cursor(str(shown[-1]["id"])) if len(rows) > limit else None
    return Page(items=[AuditView.model_validate(row) for row in shown], next=more)


@router.get(
    "/people/{person_id}/export",
    summary="All that is held of one person",
    operation_id="export_person",
    responses=_UNKNOWN,
)
async def export(person_id: UUID, acting: Importing, parts: AppParts) -> ExportView:
    """For the person's right of access (AVG art. 15)."""
    asked = Asked(acting.school_id, acting.caller, person_id)
    return ExportView.of(await export_person(parts.database, asked))


@router.post(
    "/people/{person_id}/erase",
    summary="Erase one person",
    operation_id="erase_person",
    responses=problem_responses(ErrorCode.NOT_FOUND, ErrorCode.IDEMPOTENCY_KEY_REUSED),
)
async def erase(
    person_id: UUID,
    body: EraseRequest,
    acting: Importing,
    parts: AppParts,
    idempotency_key: RequiredIdempotencyKey,
) -> ErasedView:
    """Clear name and identifiers for good (AVG art. 17); license uses stay counted by the id."""
    order = EraseOrder(acting.school_id, acting.caller, person_id, body.ground, idempotency_key)
    erased = await erase_person(parts.database, order)
    return ErasedView(
        person_id=person_id, erased_at=erased.erased_at, is_known_again=erased.is_known_again
    )


@router.get("/retention", summary="How long people are kept", operation_id="read_retention")
async def retention(acting: Importing, parts: AppParts) -> RetentionView:
    """Twelve months after the schooljaar of leaving, unless the school chose otherwise."""
    months = await read_retention(parts.database, acting.school_id)
    return RetentionView(person_months=months)


@router.put("/retention", summary="Choose how long", operation_id="change_retention")
async def choose_retention(
    body: RetentionView, acting: Importing, parts: AppParts
) -> RetentionView:
    """At most 24 months; carried out once a day."""
    await change_retention(parts.database, acting.school_id, acting.caller, body.person_months)
    return body
