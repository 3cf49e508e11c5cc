"""Key changes of a plan as a mapping: who gets what, from whom, and what that one gets."""

from typing import Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.importer.api.cursors import position_in
from services.importer.api.dependencies import AppParts, Importing
from services.importer.api.models import shown_value
from services.importer.application.read_key_changes import KeyChange, Move, read_key_changes
from services.importer.domain.change import Action, Outcome, OutcomeReason, Shape
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/imports/{import_id}", tags=["controlescherm"])


class HolderView(BaseModel):
    """Who had the value before."""

    person_id: UUID
    label: str = Field(examples=["Bram Bos (1002)"])
    gets: str | None = Field(description="what they have of it afterwards", examples=["1001"])
    action: Action | None = Field(description="what the plan does to them; null for nothing")
    chosen: bool | None = Field(description="whether that is chosen; null for nothing")


class MoveView(BaseModel):
    """One key that changes hands."""

    field: str = Field(examples=["pupil_number"])
    before: str | None = Field(examples=["1001"])
    after: str | None = Field(examples=["1002"])
    shape: Shape = Field(
        description="plain: nobody had it; handed_on: who had it is archived; shared: they keep "
        "it too; chain: they get another or none; swap and ring: it goes round",
        examples=["swap"],
    )
    held_by: HolderView | None = Field(description="who had it before; null when nobody had")

    @classmethod
    def of(cls, move: Move) -> Self:
        """Show a move."""
        name, holder = move.field, move.holder
        return cls(
            field=name,
            before=shown_value(name, move.before),
            after=shown_value(name, move.after),
            shape=move.shape,
            held_by=holder
            and HolderView(
                person_id=holder.person_id,
                label=holder.label,
                gets=shown_value(name, holder.gets),
                action=holder.action and Action(holder.action),
                chosen=holder.chosen,
            ),
        )


class KeyChangeView(BaseModel):
    """The keys that one change moves."""

    change_id: UUID
    subject_id: UUID
    label: str = Field(examples=["Anna Aalbers (1001)"])
    action: Action
    chosen: bool
    moves: list[MoveView]
    outcome: Outcome | None
    skipped: OutcomeReason | None = Field(
        description="why it comes to nothing as the plan is chosen now, or why it did",
        examples=["pupil_number_taken"],
    )

    @classmethod
    def of(cls, found: KeyChange) -> Self:
        """Show them."""
        row = found.row
        return cls(
            change_id=row["id"],
            **{name: row[name] for name in cls.model_fields if name in row},
            moves=[MoveView.of(move) for move in found.moves],
            skipped=found.skipped,
        )


class PageOfKeyChanges(Page[KeyChangeView]):
    """Part of the mapping, and how much of all of it would come to nothing."""

    skipped: int = Field(
        description="chosen changes of the whole plan that would be skipped", examples=[0]
    )


@router.get(
    "/key-changes",
    summary="Keys that change hands, page by page",
    operation_id="list_key_changes",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def key_changes(
    import_id: UUID, acting: Importing, parts: AppParts, limit: Limit = 100, cursor: Cursor = None
) -> PageOfKeyChanges:
    """Leerlingnummer, docentcode, e-mail, RealId, ECK iD and the source's key, who had them too.

    Where only a part of a ring or chain is chosen, it says beforehand who is skipped for it.
    """
    found = await read_key_changes(
        parts.database,
        acting.school_id,
        import_id,
        caller=acting.caller,
        after=position_in(cursor),
        limit=limit,
    )
    more = encode_cursor(str(found.items[-1].row["position"])) if found.more else None
    items = [KeyChangeView.of(one) for one in found.items]
    return PageOfKeyChanges(items=items, next=more, skipped=found.skipped)
