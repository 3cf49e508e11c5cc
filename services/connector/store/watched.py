"""The koppelingen that time alone can make worth a mail: SQL."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, lateral, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.koppeling import State
from services.connector.domain.mails import Told
from services.connector.store.koppelingen import told_of
from services.connector.store.tables import (
    koppeling,
    koppeling_event,
    ops_digest,
    school,
    vestiging,
)
from services.connector.store.vestigingen import is_lost


@dataclass(frozen=True)
class Watched:
    """A koppeling, and since when it has its state."""

    id: UUID
    school_name: str
    brin: str
    product: str
    state: State
    since: datetime
    end_on: date | None
    problem: str | None
    told: Told
    has_lost: bool = False


async def find_watched(
    connection: AsyncConnection,
    *,
    lasting: Collection[State],
    ending: Collection[State],
    until: date,
    losing: Collection[State],
    lost_since: datetime,
) -> list[Watched]:
    """Those in a state that may last too long, that end by a day, or that lost a vestiging."""
    ends = and_(koppeling.c.end_on <= until, koppeling.c.state.in_(ending))
    lost = exists().where(
        vestiging.c.koppeling_id == koppeling.c.id,
        vestiging.c.last_seen_at >= lost_since,
        is_lost(),
    )
    loses = and_(koppeling.c.state.in_(losing), lost.correlate(koppeling))
    wanted = or_(koppeling.c.state.in_(lasting), ends, loses)
    return await _watched(connection, wanted, has_lost=loses)


async def find_in(connection: AsyncConnection, states: Collection[State]) -> list[Watched]:
    """Those in any of some states."""
    return await _watched(connection, koppeling.c.state.in_(states))


async def note_digest(connection: AsyncConnection, day: date) -> bool:
    """Whether nobody wrote the mail of this day yet; then it is ours."""
    statement = insert(ops_digest).values(day=day).on_conflict_do_nothing()
    made = await connection.execute(statement.returning(ops_digest.c.day))
    return made.one_or_none() is not None


async def _watched(
    connection: AsyncConnection,
    wanted: ColumnElement[bool],
    has_lost: ColumnElement[bool] | None = None,
) -> list[Watched]:
    last = lateral(
        select(koppeling_event.c.at)
        .where(koppeling_event.c.koppeling_id == koppeling.c.id)
        .where(koppeling_event.c.changed.is_(None))
        .order_by(koppeling_event.c.id.desc())
        .limit(1)
    )
    statement = (
        select(koppeling, school.c.name, school.c.brin, last.c.at)
        .add_columns((false() if has_lost is None else has_lost).label("has_lost"))
        .join(school, school.c.id == koppeling.c.school_id)
        .join(last, true())
        .where(wanted)
        .order_by(last.c.at.desc(), koppeling.c.id)
    )
    return [
        Watched(
            id=row.id,
            school_name=row.name,
            brin=row.brin,
            product=row.product,
            state=State(row.state),
            since=row.at,
            end_on=row.end_on,
            problem=row.last_problem,
            told=told_of(row),
            has_lost=row.has_lost,
        )
        for row in await connection.execute(statement)
    ]
