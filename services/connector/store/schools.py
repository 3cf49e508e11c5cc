"""Schools: SQL."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.store.tables import school
from shared.ids import new_id


async def save_school(connection: AsyncConnection, brin: str, name: str) -> UUID:
    """The id of the school with this BRIN, which from now on has this name."""
    statement = insert(school).values(id=new_id(), brin=brin, name=name)
    named = statement.on_conflict_do_update(
        index_elements=["brin"], set_={"name": statement.excluded.name}
    )
    return UUID(str((await connection.execute(named.returning(school.c.id))).scalar_one()))
