"""Conflicts, and who is left out for good: decided once, remembered until it is taken back."""

from datetime import datetime
from typing import Self
from uuid import UUID

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, ConfigDict, Field

from services.importer.api.dependencies import AppParts, Importing, Ordering
from services.importer.api.models import ImportView
from services.importer.application.decide_matches import (
    Decided,
    decide_matches,
    read_decided,
    take_back,
)
from services.importer.domain.decisions import Verdict
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses
from shared.revisions import RevisionsIfTold

router = APIRouter(prefix="/v1", tags=["controlescherm"])


class DecisionRequest(BaseModel):
    """What one row of the plan is: a conflict is this person or group, a new one, or left out.

    Of who or what would be added, only that it is to be left out, in every next import too.
    """

    model_config = ConfigDict(extra="forbid")

    change_id: UUID
    verdict: Verdict = Field(examples=["same"])
    person_id: UUID | None = Field(
        None, description="one of the candidates, with `same` only, when it is about a person"
    )
    group_id: UUID | None = Field(
        None, description="one of the candidates, with `same` only, when it is about a group"
    )

    def decided(self) -> Decided:
        """The decision for the application."""
        return Decided(self.change_id, self.verdict, self.person_id, self.group_id)


class DecisionsRequest(BaseModel):
    """Decisions on rows of one plan; the plan is made anew once for all of them."""

    model_config = ConfigDict(extra="forbid")

    decisions: list[DecisionRequest] = Field(min_length=1, max_length=1000)


class DecisionView(BaseModel):
    """A decision that holds."""

    id: UUID
    verdict: Verdict
    person_id: UUID | None = Field(description="of a person, who it is")
    group_id: UUID | None = Field(description="of a group, which it is")
    label: str = Field(description="as the source named it", examples=["Anna Aalbers (1001)"])
    decided_at: datetime

    @classmethod
    def of(cls, row: dict[str, object]) -> Self:
        """Show a decision."""
        return cls.model_validate({name: row[name] for name in cls.model_fields})


@router.post(
    "/imports/{import_id}/decisions",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Decide conflicts, or leave somebody new out for good",
    operation_id="decide_matches",
    responses=problem_responses(
        ErrorCode.NOT_FOUND,
        ErrorCode.IMPORT_NOT_READY,
        ErrorCode.CHOICE_CHANGED,
        ErrorCode.DECISION_NOT_POSSIBLE,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def decide(
    *,
    import_id: UUID,
    body: DecisionsRequest,
    order: Ordering,
    parts: AppParts,
    response: Response,
    expected: RevisionsIfTold,
) -> ImportView:
    """Remember what was decided; the plan is made anew with it, and keeps its choices."""
    run = await decide_matches(
        parts.database,
        parts.queue,
        parts.settings.lease_seconds,
        order,
        run_id=import_id,
        decided=[one.decided() for one in body.decisions],
        expected_revisions=expected,
    )
    response.headers["Location"] = f"/v1/imports/{run.id}"
    return ImportView.of(run)


@router.get("/match-decisions", summary="What was decided", operation_id="list_match_decisions")
async def decisions(
    acting: Importing, parts: AppParts, limit: Limit = 50, cursor: Cursor = None
) -> Page[DecisionView]:
    """The decisions that hold, newest first."""
    before = decode_id(cursor)
    whose = (acting.school_id, acting.caller)
    rows, has_more = await read_decided(parts.database, *whose, before, limit)
    more = encode_cursor(str(rows[-1]["id"])) if has_more else None
    return Page(items=[DecisionView.of(row) for row in rows], next=more)


@router.delete(
    "/match-decisions/{decision_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Take a decision back",
    operation_id="revoke_match_decision",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def revoke(decision_id: UUID, acting: Importing, parts: AppParts) -> None:
    """The next plan asks again; one that waits is made anew for it."""
    lease_seconds = parts.settings.lease_seconds
    await take_back(
        *(parts.database, parts.queue, lease_seconds),
        school_id=acting.school_id,
        decision_id=decision_id,
        caller=acting.caller,
    )
