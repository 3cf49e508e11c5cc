"""Licenses in use: found, given back, and moved between persons who are one."""

from uuid import UUID

from sqlalchemy import Select, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.domain.license import License
from services.licensing.store.start_tables import license_merge
from services.licensing.store.tables import license_entry, license_in_use, license_pool
from shared.ids import new_id

_license = license_in_use.c
_COLUMNS = (
    *(_license.id, _license.pool_id, _license.person_id, license_pool.c.license_product),
    *(license_pool.c.schooljaar, _license.used_at, _license.released_at),
)
_PERSON = text("""
    SELECT state = 'active' FROM license_person
    WHERE id = :person_id AND school_id = :school_id AND role = 'pupil'
""")

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('merge ' || :school_id, 0))")


def _licenses() -> Select[tuple[object, ...]]:
    joined = license_in_use.join(license_pool, license_pool.c.id == _license.pool_id)
    return select(*_COLUMNS).select_from(joined)


async def find_licenses(
    connection: AsyncConnection,
    school_id: UUID,
    *,
    person_id: UUID | None,
    products: list[str] | None,
    after: UUID | None,
    limit: int,
) -> list[License]:
    """A school's licenses by id; of one person, or of some license products, when given."""
    statement = _licenses().where(_license.school_id == school_id)
    if person_id is not None:
        statement = statement.where(_license.person_id == person_id)
    if products is not None:
        statement = statement.where(license_pool.c.license_product.in_(products))
    if after is not None:
        statement = statement.where(_license.id > after)
    rows = await connection.execute(statement.order_by(_license.id).limit(limit))
    return [License(**row) for row in rows.mappings()]


async def find_license(connection: AsyncConnection, license_id: UUID) -> License | None:
    """A license of the transaction's school."""
    statement = _licenses().where(_license.id == license_id)
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else License(**row)


async def is_active_pupil(
    connection: AsyncConnection, school_id: UUID, person_id: UUID
) -> bool | None:
    """Whether a pupil of the school is there or archived; None when there is no such pupil."""
    facts = {"person_id": person_id, "school_id": school_id}
    found: bool | None = (await connection.execute(_PERSON, facts)).scalar_one_or_none()
    return found


async def lock_school(connection: AsyncConnection, school_id: UUID) -> None:
    """Let no start of the school use a license, and nobody else do this, until it is committed."""
    # A school without pools has no row to wait for.
    await connection.execute(_ALONE, {"school_id": str(school_id)})
    statement = select(license_pool.c.id).where(license_pool.c.school_id == school_id)
    # In the order in which starts lock them, so that nobody waits for each other.
    await connection.execute(statement.order_by(license_pool.c.id).with_for_update(key_share=True))


async def release(
    connection: AsyncConnection, school_id: UUID, given_back: License, *, actor: str, reason: str
) -> UUID:
    """Give a license back by an entry of its own; the ledger's trigger counts it."""
    entry_id = new_id()
    row = {
        "id": entry_id,
        "school_id": school_id,
        "pool_id": given_back.pool_id,
        "kind": "release",
        "amount": 1,
        "license_id": given_back.id,
        "actor": actor,
        "reason": reason,
    }
    await connection.execute(insert(license_entry).values(row))
    await connection.execute(
        update(license_in_use).where(_license.id == given_back.id).values(released_at=func.now())
    )
    return entry_id


async def find_held(connection: AsyncConnection, person_id: UUID) -> list[License]:
    """The licenses that a person of the transaction's school holds now."""
    statement = _licenses().where(_license.person_id == person_id, _license.released_at.is_(None))
    return [License(**row) for row in (await connection.execute(statement)).mappings()]


async def give_to(connection: AsyncConnection, held: License, person_id: UUID) -> None:
    """Let another person hold it: the same pupil, under the id that stays."""
    await connection.execute(
        update(license_in_use).where(_license.id == held.id).values(person_id=person_id)
    )


async def who_counts_for(connection: AsyncConnection, person_id: UUID) -> UUID:
    """The person that this one was merged into, or itself."""
    statement = select(license_merge.c.into_person_id).where(license_merge.c.person_id == person_id)
    found: UUID | None = (await connection.execute(statement)).scalar_one_or_none()
    return person_id if found is None else found


async def note_merge(
    connection: AsyncConnection, school_id: UUID, person_id: UUID, into_id: UUID, actor: str
) -> None:
    """Let the starts of one person count for another, and of all who counted for the one."""
    merges = license_merge.c
    await connection.execute(
        update(license_merge)
        .where(merges.into_person_id == person_id)
        .values(into_person_id=into_id)
    )
    row = {
        "school_id": school_id,
        "person_id": person_id,
        "into_person_id": into_id,
        "actor": actor,
    }
    await connection.execute(insert(license_merge).values(row))
