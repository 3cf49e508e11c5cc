"""What the nightly proof of the ledger found."""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.licensing.api.models import ID_EXAMPLE
from services.licensing.application.check_ledger import read_checks
from shared.app_parts import OwnDatabase
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor

router = APIRouter(prefix="/v1/license-checks", tags=["license pools"])


class PoolProblem(BaseModel):
    """A pool whose books do not balance."""

    pool_id: UUID = Field(examples=[ID_EXAMPLE])
    differs: list[str] = Field(examples=[["used"]])


class CheckResource(BaseModel):
    """One night's proof; no problems is what it should say."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[ID_EXAMPLE])
    day: date
    pools: int = Field(description="that were looked at", examples=[1043])
    entries: int = Field(description="of the ledger, that were added up", examples=[812_044])
    problems: list[PoolProblem] = Field(description="a hundred at most")
    checked_at: datetime


@router.get("", summary="The nightly proofs of the ledger", operation_id="list_license_checks")
async def list_page(
    ops: Ops, database: OwnDatabase, limit: Limit = 50, cursor: Cursor = None
) -> Page[CheckResource]:
    """Newest first: that every pool says what its licenses and its entries add up to.

    For ops of all products only.
    """
    if ops.product is not None:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    found = await read_checks(database, before=decode_id(cursor), limit=limit + 1)
    shown = [CheckResource.model_validate(one) for one in found[:limit]]
    more = encode_cursor(str(shown[-1].id)) if len(found) > limit else None
    return Page(items=shown, next=more)
