"""Give a school licenses for a schooljaar, or correct what was given."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.application.license_products import require_license_product
from services.licensing.domain.pool import Pool
from services.licensing.store.pools import add_grant, open_pool
from shared.clock import Schooljaar
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.idempotency.first_answer import first_answer

_SERVICE = "licensing"


@dataclass(frozen=True)
class WantedGrant:
    """How many licenses a school gets, negative to take back; `reason` may be an order number."""

    school_id: UUID
    license_product: str
    schooljaar: Schooljaar
    amount: int
    reason: str


@dataclass(frozen=True)
class Granted:
    """A grant that was entered, and what its pool then held."""

    id: UUID
    pool: Pool


async def grant_licenses(
    database: Database,
    wanted: WantedGrant,
    *,
    caller: str,
    idempotency_key: str,
    only_product: str | None,
) -> Granted:
    """Enter a grant once per key; a repeat returns the first answer.

    Raises:
        Refusal: not_found (no such school), license_product_unknown, idempotency_key_reused, or
            invalid_request when a correction would take away licenses that are in use.

    """
    request = {**asdict(wanted), "school_id": str(wanted.school_id)}
    async with database.transaction(wanted.school_id) as connection:

        async def act() -> dict[str, Any]:
            await require_license_product(connection, wanted.license_product, only_product)
            return await _enter(connection, wanted, caller)

        answer = await first_answer(
            connection,
            service=_SERVICE,
            caller=caller,
            key=idempotency_key,
            request=request,
            act=act,
        )
    pool = Pool(
        id=UUID(answer["pool_id"]),
        school_id=wanted.school_id,
        license_product=wanted.license_product,
        schooljaar=str(wanted.schooljaar),
        granted=answer["granted"],
        used=answer["used"],
        overdraft=answer.get("overdraft", 0),
    )
    return Granted(UUID(answer["id"]), pool)


async def _enter(connection: AsyncConnection, wanted: WantedGrant, caller: str) -> dict[str, Any]:
    pool = await open_pool(
        connection, wanted.school_id, wanted.license_product, str(wanted.schooljaar)
    )
    if not pool.allows(wanted.amount):
        wrong = FieldError(
            "amount",
            "zo blijven er minder licenties over dan er al gebruikt zijn, of worden het er te veel",
        )
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,))
    made = await add_grant(connection, pool, wanted.amount, actor=caller, reason=wanted.reason)
    granted = pool.granted + wanted.amount
    return {
        "id": str(made),
        "pool_id": str(pool.id),
        "granted": granted,
        "used": pool.used,
        "overdraft": pool.overdraft,
    }
