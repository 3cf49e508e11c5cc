"""The feed of the ledger, for invoicing."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.licensing.api.models import ID_EXAMPLE
from services.licensing.application.read_entries import BEGINNING, Place, read_entries
from shared.app_parts import OwnDatabase
from shared.auth.dependencies import Ops
from shared.paging import Limit, cursor_refused, decode_cursor, encode_cursor

router = APIRouter(prefix="/v1/license-entries", tags=["license entries"])
_MOST = 2**63 - 1
Since = Annotated[
    str | None,
    Query(max_length=512, description="as the last answer gave it; left out: from the first"),
]


class EntryResource(BaseModel):
    """An entry of the ledger; it never changes."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[ID_EXAMPLE])
    school_id: UUID = Field(examples=[ID_EXAMPLE])
    pool_id: UUID = Field(examples=[ID_EXAMPLE])
    license_product: str = Field(examples=["numo-rekenen"])
    product: str = Field(examples=["numo"])
    schooljaar: str = Field(examples=["2026-2027"])
    kind: str = Field(description="grant, use or release", examples=["use"])
    amount: int = Field(description="what it adds to the licenses left", examples=[-1])
    license_id: UUID | None = Field(description="of a use or a release", examples=[ID_EXAMPLE])
    reason: str | None = Field(description="of a grant or a release", examples=["order 2026-0412"])
    booked_at: datetime = Field(examples=["2026-11-24T08:30:01Z"])


class Feed(BaseModel):
    """Part of the feed; keep `changed_since` with what you made of the items."""

    items: list[EntryResource]
    changed_since: str = Field(description="ask with this the next time, now or in a month")
    more: bool = Field(description="whether there is more to read now")


@router.get("", summary="Entries since the last look", operation_id="list_license_entries")
async def list_since(
    ops: Ops, database: OwnDatabase, changed_since: Since = None, limit: Limit = 500
) -> Feed:
    """Every entry of every school once, in an order that no later entry can come before.

    A key that sees one Kurve product reads that product's.
    """
    found, place, more = await read_entries(
        database, _place(changed_since), only_product=ops.product, limit=limit
    )
    return Feed(
        items=[EntryResource.model_validate(entry) for entry in found],
        changed_since=encode_cursor(str(place.written_by), str(place.id)),
        more=more,
    )


def _place(changed_since: str | None) -> Place:
    position = decode_cursor(changed_since, 2)
    if position is None:
        return BEGINNING
    try:
        place = Place(int(position[0]), UUID(position[1]))
    except ValueError:
        raise cursor_refused() from None
    if not 0 <= place.written_by <= _MOST:
        raise cursor_refused()
    return place
