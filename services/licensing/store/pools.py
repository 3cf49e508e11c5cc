"""Pools and the grants that fill them."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.domain.pool import Pool
from services.licensing.store.tables import license_entry, license_pool, license_product
from shared.ids import new_id

_pool = license_pool.c
POOL_COLUMNS = [_pool[field.name] for field in fields(Pool)]


async def open_pool(
    connection: AsyncConnection, school_id: UUID, license_product: str, schooljaar: str
) -> Pool:
    """The pool, made when there was none; locked until the transaction ends.

    A new one has the overdraft of the schooljaar before it: what was agreed holds until changed.
    """
    named = {"school_id": school_id, "license_product": license_product, "schooljaar": schooljaar}
    before = (
        select(_pool.overdraft)
        .filter_by(school_id=school_id, license_product=license_product)
        .where(_pool.schooljaar < schooljaar)
        .order_by(_pool.schooljaar.desc())
        .limit(1)
        .scalar_subquery()
    )
    overdraft = func.coalesce(before, 0)
    made = insert_or_skip(license_pool).values(id=new_id(), overdraft=overdraft, **named)
    await connection.execute(made.on_conflict_do_nothing())
    statement = select(*POOL_COLUMNS).filter_by(**named).with_for_update()
    row = (await connection.execute(statement)).mappings().one()
    return Pool(**row)


async def add_grant(
    connection: AsyncConnection, pool: Pool, amount: int, *, actor: str, reason: str
) -> UUID:
    """Enter a grant, or a correction when it is negative; the ledger's trigger counts it."""
    row: dict[str, Any] = {
        "id": new_id(),
        "school_id": pool.school_id,
        "pool_id": pool.id,
        "kind": "grant",
        "amount": amount,
        "actor": actor,
        "reason": reason,
    }
    await connection.execute(insert(license_entry).values(row))
    return UUID(str(row["id"]))


async def find_pool(connection: AsyncConnection, pool_id: UUID) -> Pool | None:
    """A pool of the transaction's school, locked until the transaction ends."""
    statement = select(*POOL_COLUMNS).where(_pool.id == pool_id)
    row = (await connection.execute(statement.with_for_update(key_share=True))).mappings()
    found = row.one_or_none()
    return None if found is None else Pool(**found)


async def set_overdraft(connection: AsyncConnection, pool: Pool, limit: int) -> None:
    """Let this many more than granted be used."""
    await connection.execute(
        update(license_pool).where(_pool.id == pool.id).values(overdraft=limit)
    )


async def find_pools(
    connection: AsyncConnection,
    school_id: UUID,
    *,
    schooljaar: str | None,
    only_product: str | None,
    after: UUID | None,
    limit: int,
) -> list[Pool]:
    """A school's pools by id; of one schooljaar or one Kurve product when it is given."""
    statement = select(*POOL_COLUMNS).where(_pool.school_id == school_id)
    if schooljaar is not None:
        statement = statement.where(_pool.schooljaar == schooljaar)
    if only_product is not None:
        own = select(license_product.c.code).where(license_product.c.product == only_product)
        statement = statement.where(_pool.license_product.in_(own))
    if after is not None:
        statement = statement.where(_pool.id > after)
    rows = await connection.execute(statement.order_by(_pool.id).limit(limit))
    return [Pool(**row) for row in rows.mappings()]


async def read_pool(connection: AsyncConnection, pool_id: UUID) -> Pool | None:
    """A pool of the transaction's school as it is now; whoever draws on it does not wait for us."""
    row = (await connection.execute(select(*POOL_COLUMNS).where(_pool.id == pool_id))).mappings()
    found = row.one_or_none()
    return None if found is None else Pool(**found)
