"""Say whether a school's pupils are refused when a pool is empty, or go on up to a limit."""

from dataclasses import replace
from uuid import UUID

from services.licensing.application.license_products import require_license_product
from services.licensing.domain.pool import Pool
from services.licensing.store import pools
from shared.auth.acting import Acting
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal


async def set_overdraft(database: Database, acting: Acting, pool_id: UUID, limit: int) -> Pool:
    """Let this many more than granted be used.

    Raises:
        Refusal: not_found, or invalid_request when more is overdrawn by now.

    """
    async with database.transaction(acting.school_id) as connection:
        pool = await pools.find_pool(connection, pool_id)
        if pool is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        try:
            await require_license_product(connection, pool.license_product, acting.only_product)
        except Refusal:
            raise Refusal(ErrorCode.NOT_FOUND) from None
        if not pool.allows_overdraft(limit):
            wrong = FieldError("limit", "er zijn al meer licenties gebruikt dan zo is toegestaan")
            raise Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,))
        await pools.set_overdraft(connection, pool, limit)
        return replace(pool, overdraft=limit)
