"""What happens to koppelingen, in one order, for the products that they are of."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.connector.application.read_feed import read_feed
from services.connector.domain.koppeling import State
from shared.app_parts import OwnDatabase
from shared.auth.dependencies import api_caller
from shared.auth.principal import ApiCaller, Scope
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.paging import Cursor, Limit, decode_number, encode_cursor

router = APIRouter(prefix="/v1/koppeling-events", tags=["koppelingen"])
_Caller = Annotated[ApiCaller, Depends(api_caller(Scope.OPS, Scope.ROSTER_READ))]
_ID = "01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10"


class KoppelingEventResource(BaseModel):
    """A transition of a koppeling, or a change of what ops state of it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(description="the same however often it is read", examples=[_ID])
    at: datetime = Field(examples=["2026-11-24T15:04:05Z"])
    koppeling_id: UUID = Field(examples=[_ID])
    school_id: UUID = Field(examples=[_ID])
    product: str = Field(examples=["numo"])
    from_state: State | None = Field(description="null for the first request", examples=["active"])
    to_state: State = Field(examples=["revoked"])
    event: str = Field(examples=["not_opened"])
    changed: list[str] | None = Field(
        description="fields that ops stated anew; null for a transition", examples=[["end_on"]]
    )


class KoppelingEvents(BaseModel):
    """What followed a cursor, oldest first."""

    items: list[KoppelingEventResource]
    next: str = Field(description="cursor to go on from, now or later; nothing follows: the same")


@router.get("", summary="Follow what happens", operation_id="follow_koppelingen")
async def follow(
    caller: _Caller, database: OwnDatabase, limit: Limit = 100, cursor: Cursor = None
) -> KoppelingEvents:
    """Every event of the caller's koppelingen after a cursor, from the very first without one.

    Keep `next` with what was done by the items: whoever goes on from it misses none.
    """
    if caller.product is None and Scope.OPS not in caller.scopes:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    after = decode_number(cursor) or 0
    found = await read_feed(database, only_product=caller.product, after=after, limit=limit)
    items = [KoppelingEventResource.model_validate(event) for event in found]
    return KoppelingEvents(
        items=items, next=encode_cursor(str(found[-1].position if found else after))
    )
