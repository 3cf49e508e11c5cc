"""What a school has and has used."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.licensing.api.dependencies import Looking, OwnDatabase
from services.licensing.api.models import PoolResource, SchooljaarText
from services.licensing.application.read_pools import PoolsWanted, read_pools
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor

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
