"""What a school has and has used."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.licensing.api.dependencies import ForASchool, Looking
from services.licensing.api.models import OverdraftBody, PoolResource, SchooljaarText
from services.licensing.application.read_pools import PoolsWanted, read_pools
from services.licensing.application.set_overdraft import set_overdraft
from shared.app_parts import OwnDatabase
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/license-pools", tags=["license pools"])


@router.get("", summary="A school's license pools", operation_id="list_license_pools")
async def list_page(
    *,
    acting: Looking,
    database: OwnDatabase,
    schooljaar: Annotated[SchooljaarText | None, Query(examples=["2026-2027"])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PoolResource]:
    """Granted, used and left, per license product and schooljaar."""
    after = decode_id(cursor)
    wanted = PoolsWanted(acting.school_id, schooljaar, acting.only_product)
    pools = await read_pools(database, wanted, after=after, limit=limit + 1)
    shown = [PoolResource.model_validate(pool) for pool in pools[:limit]]
    more = encode_cursor(str(shown[-1].id)) if len(pools) > limit else None
    return Page(items=shown, next=more)


@router.put(
    "/{pool_id}/overdraft",
    summary="Block when empty, or let pupils go on",
    operation_id="set_overdraft",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def overdraft(
    pool_id: UUID, body: OverdraftBody, acting: ForASchool, database: OwnDatabase
) -> PoolResource:
    """Set how many licenses more than granted may be used; asking again changes nothing.

    The pool of the next schooljaar begins with the same. It cannot be less than what is overdrawn.
    """
    return PoolResource.model_validate(await set_overdraft(database, acting, pool_id, body.limit))
