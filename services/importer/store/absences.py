"""Who was absent from Somtoday since when: SQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ABSENT = """
    SELECT subject_id FROM import_change
    WHERE run_id = :run_id AND kind = 'person' AND action = 'archive'
      AND difference IS DISTINCT FROM 'gone'
"""
_NOTE = text(f"""
    INSERT INTO absence (school_id, person_id, first_absent_at)
    SELECT :school_id, subject_id, :at FROM ({_ABSENT}) AS absent
    ON CONFLICT DO NOTHING
""")  # noqa: S608 - only a constant of this file
# Also who is not offered for archiving as the source could not prove itself: counted anew.
_SEEN = text(f"""
    DELETE FROM absence WHERE school_id = :school_id AND person_id NOT IN ({_ABSENT})
""")  # noqa: S608 - only a constant of this file
_SINCE = text("SELECT min(first_absent_at) FROM absence WHERE person_id = ANY(:ids)")
_LONG_AGO = """
    a.first_absent_at <= (SELECT source_at FROM import_run WHERE id = :run_id)
        - make_interval(secs => :seconds)
"""
# Where somebody chose archiveren as a whole, who is not chosen was left out by them.
_CHOOSE = text(f"""
    UPDATE import_change c SET chosen = c.kind = 'person' AND (c.chosen OR NOT r.choice_archive)
        AND EXISTS (SELECT FROM absence a WHERE a.person_id = c.subject_id AND {_LONG_AGO})
    FROM import_run r WHERE r.id = :run_id AND c.run_id = r.id AND c.choice = 'archive'
""")  # noqa: S608 - only a constant of this file
_LATELY = text(f"""
    SELECT count(*) FROM import_change c JOIN absence a ON a.person_id = c.subject_id
    WHERE c.run_id = :run_id AND c.kind = 'person' AND c.action = 'archive'
      AND c.choice = 'archive' AND NOT ({_LONG_AGO})
""")  # noqa: S608 - only a constant of this file


async def note_absences(
    connection: AsyncConnection, school_id: UUID, run_id: UUID, at: datetime
) -> None:
    """Note whom a plan proposes to archive, as read at a moment, and forget who was seen again."""
    facts = {"school_id": school_id, "run_id": run_id}
    await connection.execute(_SEEN, facts)
    await connection.execute(_NOTE, {**facts, "at": at})


async def absent_since(connection: AsyncConnection, ids: Sequence[UUID]) -> datetime | None:
    """Since when the first of these rows of one person lacks in Somtoday; None when none does."""
    return (await connection.execute(_SINCE, {"ids": list(ids)})).scalar()


async def choose_absent_twice(
    connection: AsyncConnection, run_id: UUID, hours_apart: float
) -> None:
    """Choose to archive only who was absent in an earlier fetch too, so many hours before this one.

    Not whom somebody had left out.
    """
    await connection.execute(_CHOOSE, {"run_id": run_id, "seconds": hours_apart * 3600})


async def count_lately_absent(connection: AsyncConnection, run_id: UUID, hours_apart: float) -> int:
    """How many of whom an import could archive were not absent so many hours before it."""
    facts = {"run_id": run_id, "seconds": hours_apart * 3600}
    return int((await connection.execute(_LATELY, facts)).scalar_one())
