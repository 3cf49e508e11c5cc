"""Which datavelden a school's Somtoday named before."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.withdrawn import Said
from services.importer.store.plan_tables import source_field


async def read_said(connection: AsyncConnection, school_id: UUID) -> set[Said]:
    """Every role, vestiging and field that an applied import was told of."""
    said = source_field.c
    columns = (said.role, said.vestiging_code, said.field)
    rows = await connection.execute(select(*columns).where(said.school_id == school_id))
    return {(row[0], row[1], row[2]) for row in rows}
