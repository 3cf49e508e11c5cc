"""Which schools' koppeling is over, and what they answered: SQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.koppeling_end import (
    Answer,
    AskedSchool,
    Ending,
    OpenQuestion,
)
from services.importer.domain.run import RunState
from services.importer.store.koppeling_end_table import koppeling_end
from services.importer.store.leases import start_sweeping
from services.importer.store.run_table import import_run

_NOTHING_HEARD = -1
_end = koppeling_end.c
_undo, _redo = import_run.alias("undo").c, import_run.alias("redo").c
_UNANSWERED = dict.fromkeys(
    ("answer", "roles", "reason", "answered_by", "answered_at", "run_id"), None
)
_FROM_SOMTODAY = text("""
    SELECT role, count(*) FROM person
    WHERE school_id = :school_id AND state = 'active' AND source_key IS NOT NULL GROUP BY role
""")
# Their keys were Somtoday's; by what they are known from now on, they keep.
_KEEP = {
    table: text(f"""
        UPDATE {table} SET source_key = NULL, updated_at = :now
        WHERE school_id = :school_id AND source_key IS NOT NULL RETURNING id
    """)  # noqa: S608 - the names below
    for table in ("person", "roster_group")
}
_FORGET_FIELDS = text("DELETE FROM source_field WHERE school_id = :school_id")


async def lock_position(connection: AsyncConnection, school_id: UUID) -> int:
    """The position of the newest event heard, -1 before the first; nobody else moves it on."""
    first = insert(koppeling_end).values(school_id=school_id, position=_NOTHING_HEARD)
    await connection.execute(first.on_conflict_do_nothing())
    locked = select(_end.position).where(_end.school_id == school_id).with_for_update()
    return int((await connection.execute(locked)).scalar_one())


async def find_question(connection: AsyncConnection, school_id: UUID) -> OpenQuestion | None:
    """The question that is open at a school."""
    found = await find_asked(connection, school_id)
    return None if found is None else found.question


async def find_asked(
    connection: AsyncConnection, school_id: UUID, *, lock: bool = False
) -> AskedSchool | None:
    """The question of a school with its answer; None for a school whose koppeling never ended."""
    statement = _asked().where(_end.school_id == school_id)
    if lock:
        statement = statement.with_for_update(of=koppeling_end)
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else _of(row)


async def list_asked(
    connection: AsyncConnection,
    *,
    after: UUID | None = None,
    answer_by: date | None = None,
    limit: int | None = None,
) -> list[AskedSchool]:
    """The questions of all schools, by school; `answer_by` is the latest day of interest."""
    await start_sweeping(connection)
    statement = _asked().where(_end.why.is_not(None))
    if after is not None:
        statement = statement.where(_end.school_id > after)
    if answer_by is not None:
        statement = statement.where(_end.answer_by <= answer_by)
    rows = await connection.execute(statement.order_by(_end.school_id).limit(limit))
    return [_of(row) for row in rows.mappings()]


def _asked() -> Select[Any]:
    taken_back = exists().where(_undo.undoes == _end.run_id, _undo.state == RunState.APPLIED)
    done_again = exists().where(_redo.undoes == _undo.id, _redo.state == RunState.APPLIED)
    return select(
        koppeling_end,
        import_run.c.state.label("run_state"),
        taken_back.where(~done_again).label("is_undone"),
    ).outerjoin(import_run, import_run.c.id == _end.run_id)


def _of(row: RowMapping) -> AskedSchool:
    question = None
    if row["why"] is not None:
        question = OpenQuestion(Ending(row["why"]), row["ended_at"], row["answer_by"])
    same = ("school_id", "revision", "roles", "reason", "answered_by", "answered_at", "run_id")
    return AskedSchool(
        **{name: row[name] for name in same},
        question=question,
        answer=None if row["answer"] is None else Answer(row["answer"]),
        run_state=None if row["run_state"] is None else RunState(row["run_state"]),
        reminded=list(row["reminded"]),
        is_undone=row["is_undone"],
    )


async def save_question(
    connection: AsyncConnection, school_id: UUID, position: int, question: OpenQuestion | None
) -> None:
    """Note what is open now, after the event at a position; what is over was never answered."""
    values: dict[str, Any] = {
        "position": position,
        "why": question and question.why,
        "ended_at": question and question.ended_at,
        "answer_by": question and question.answer_by,
    }
    if question is None:
        values |= {**_UNANSWERED, "reminded": []}
    await _change(connection, school_id, values)


async def save_answer(connection: AsyncConnection, school_id: UUID, values: dict[str, Any]) -> None:
    """Note an answer in the place of the one before."""
    await _change(connection, school_id, {**_UNANSWERED, **values})


async def save_reminded(
    connection: AsyncConnection, school_id: UUID, reminded: Sequence[str]
) -> None:
    """Note which mails were written about this day to answer by."""
    await _change(connection, school_id, {"reminded": list(reminded)})


async def _change(connection: AsyncConnection, school_id: UUID, values: dict[str, Any]) -> None:
    statement = update(koppeling_end).where(_end.school_id == school_id)
    await connection.execute(statement.values(**values, revision=_end.revision + 1))


async def count_from_somtoday(connection: AsyncConnection, school_id: UUID) -> dict[str, int]:
    """How many active people of each role Somtoday brought."""
    rows = await connection.execute(_FROM_SOMTODAY, {"school_id": school_id})
    return {row[0]: row[1] for row in rows}


async def keep_as_own(
    connection: AsyncConnection, school_id: UUID, moment: datetime
) -> tuple[UUID, ...]:
    """Make everybody the school's own: Somtoday's keys go, and which datavelden it said.

    Returns whose keys went. The caller holds the roster's version, and says afterwards that it
    changed.
    """
    facts = {"school_id": school_id, "now": moment}
    people = (await connection.execute(_KEEP["person"], facts)).scalars().all()
    await connection.execute(_KEEP["roster_group"], facts)
    await connection.execute(_FORGET_FIELDS, {"school_id": school_id})
    return tuple(people)
