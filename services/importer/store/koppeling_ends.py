"""Which schools' koppeling is over: SQL."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.koppeling_end import Ending, OpenQuestion
from services.importer.store.koppeling_end_table import koppeling_end

_NOTHING_HEARD = -1
_end = koppeling_end.c


async def lock_position(connection: AsyncConnection, school_id: UUID) -> int:
    """The position of the newest event heard, -1 before the first; nobody else moves it on."""
    first = insert(koppeling_end).values(school_id=school_id, position=_NOTHING_HEARD)
    await connection.execute(first.on_conflict_do_nothing())
    locked = select(_end.position).where(_end.school_id == school_id).with_for_update()
    return int((await connection.execute(locked)).scalar_one())


async def find_question(connection: AsyncConnection, school_id: UUID) -> OpenQuestion | None:
    """The question that is open at a school."""
    statement = select(_end.why, _end.ended_at, _end.answer_by).where(_end.school_id == school_id)
    row = (await connection.execute(statement)).one_or_none()
    if row is None or row.why is None:
        return None
    return OpenQuestion(Ending(row.why), row.ended_at, row.answer_by)


async def save_question(
    connection: AsyncConnection, school_id: UUID, position: int, question: OpenQuestion | None
) -> None:
    """Note what is open now, after the event at a position."""
    values = {
        "position": position,
        "why": question and question.why,
        "ended_at": question and question.ended_at,
        "answer_by": question and question.answer_by,
    }
    statement = update(koppeling_end).where(_end.school_id == school_id)
    await connection.execute(statement.values(**values))
