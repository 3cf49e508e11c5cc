"""Schools: SQL."""

from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.store.tables import koppeling, school
from shared.ids import new_id


async def save_school(connection: AsyncConnection, brin: str, name: str) -> UUID:
    """The id of the school with this BRIN.

    Its name can be put right until Somtoday was seen to know the school by it; from then on it
    stays, so that no later call puts another school's name into a mail.
    """
    made = insert(school).values(id=new_id(), brin=brin, name=name)
    await connection.execute(made.on_conflict_do_nothing(index_elements=["brin"]))
    matched = exists().where(
        koppeling.c.school_id == school.c.id, koppeling.c.organisation_id.is_not(None)
    )
    corrected = update(school).where(school.c.brin == brin, school.c.name != name, ~matched)
    await connection.execute(corrected.values(name=name))
    found = await connection.execute(select(school.c.id).where(school.c.brin == brin))
    return UUID(str(found.scalar_one()))
