"""Licenses in use: seen, given back within the grace period, and counted once for two persons."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.application.license_products import require_license_product
from services.licensing.domain.license import GRACE, License, NotReleasable, why_not_releasable
from services.licensing.store import licenses as store
from services.licensing.store.pools import find_pool
from services.licensing.store.products import find_license_products
from shared.auth.acting import Acting
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

_WHY_NOT = {
    NotReleasable.STILL_THERE: "Deze leerling is nog actief bij uw school. Archiveer de leerling "
    "eerst; daarna kunt u de licentie vrijgeven.",
    NotReleasable.GRACE_IS_OVER: f"Een licentie kan tot {GRACE.days} dagen na het eerste gebruik "
    "worden vrijgegeven. Die periode is voorbij.",
}
_MERGED = "two persons are one"


async def read_licenses(
    database: Database, acting: Acting, *, person_id: UUID | None, after: UUID | None, limit: int
) -> list[License]:
    """A school's licenses, or those of one person, oldest first, also those given back."""
    async with database.transaction(acting.school_id) as connection:
        products = None
        if acting.only_product is not None:
            own = await find_license_products(connection, acting.only_product)
            products = [product.code for product in own]
        return await store.find_licenses(
            connection,
            acting.school_id,
            person_id=person_id,
            products=products,
            after=after,
            limit=limit,
        )


async def release_license(
    database: Database, acting: Acting, license_id: UUID, reason: str
) -> License:
    """Give back the license of a pupil who left; asked again it changes nothing.

    Raises:
        Refusal: not_found, or license_not_releasable when the pupil is still there or the grace
            period is over.

    """
    async with database.transaction(acting.school_id) as connection:
        found = await _own_license(connection, acting, license_id)
        await find_pool(connection, found.pool_id)
        # Read again: whoever waited for the pool may find it given back meanwhile.
        found = await _own_license(connection, acting, license_id)
        if found.released_at is not None:
            return found
        await _require_releasable(connection, acting, found, now())
        await store.release(connection, acting.school_id, found, actor=acting.caller, reason=reason)
        return await _own_license(connection, acting, license_id)


async def _own_license(connection: AsyncConnection, acting: Acting, license_id: UUID) -> License:
    found = await store.find_license(connection, license_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    try:
        await require_license_product(connection, found.license_product, acting.only_product)
    except Refusal:
        raise Refusal(ErrorCode.NOT_FOUND) from None
    return found


async def _require_releasable(
    connection: AsyncConnection, acting: Acting, found: License, moment: datetime
) -> None:
    is_active = await store.is_active_pupil(connection, acting.school_id, found.person_id)
    why_not = why_not_releasable(found.used_at, moment, is_active=bool(is_active))
    if why_not is not None:
        raise Refusal(
            ErrorCode.LICENSE_NOT_RELEASABLE,
            detail=_WHY_NOT[why_not],
            extra={"why_not": why_not.value},
        )


async def merge_persons(
    database: Database, school_id: UUID, actor: str, person_id: UUID, into_id: UUID
) -> UUID:
    """Let a person count as another from now on: of two licenses of a pool one is given back.

    Returns whom they count as; asked again it changes nothing.

    Raises:
        Refusal: person_unknown, when the school has no such pupil, archived or not.

    """
    async with database.transaction(school_id) as connection:
        for one in (person_id, into_id):
            if await store.is_active_pupil(connection, school_id, one) is None:
                raise Refusal(ErrorCode.PERSON_UNKNOWN)
        await store.lock_school(connection, school_id)
        gone = await store.who_counts_for(connection, person_id)
        stays = await store.who_counts_for(connection, into_id)
        if gone != stays:
            await _move_licenses(connection, school_id, actor, gone, stays)
            await store.note_merge(connection, school_id, gone, stays, actor)
        return stays


async def _move_licenses(
    connection: AsyncConnection, school_id: UUID, actor: str, gone: UUID, stays: UUID
) -> None:
    kept = {held.pool_id for held in await store.find_held(connection, stays)}
    for held in await store.find_held(connection, gone):
        if held.pool_id in kept:
            await store.release(connection, school_id, held, actor=actor, reason=_MERGED)
        else:
            await store.give_to(connection, held, stays)
