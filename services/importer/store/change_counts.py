"""How much a plan holds: by kind and action, chosen or applied, per filter, brake and place."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.brake import Brake, BrakeCode
from services.importer.domain.change import Outcome
from services.importer.domain.change_filter import ChangeFilter
from services.importer.domain.plan import Summary, counts
from services.importer.store.change_filter import rows_of
from services.importer.store.tables import import_change

_change = import_change.c


async def count_chosen(connection: AsyncConnection, run_id: UUID) -> Summary:
    """How many changes of each kind and action are chosen."""
    return await _count(connection, run_id, _change.chosen)


async def count_applied(connection: AsyncConnection, run_id: UUID) -> Summary:
    """How many changes of each kind and action came about."""
    return await _count(connection, run_id, _change.outcome == Outcome.APPLIED)


async def _count(connection: AsyncConnection, run_id: UUID, which: ColumnElement[bool]) -> Summary:
    columns = (_change.kind, _change.role, _change.action)
    statement = select(*columns, func.count()).where(_change.run_id == run_id, which)
    rows = await connection.execute(statement.group_by(*columns))
    return counts((row[0], row[1], row[2], row[3]) for row in rows)


async def count_rows(connection: AsyncConnection, run_id: UUID, wanted: ChangeFilter) -> int:
    """How many rows of a plan are meant."""
    statement = select(func.count()).select_from(import_change).where(rows_of(run_id, wanted))
    return int((await connection.execute(statement)).scalar_one())


async def count_braked(connection: AsyncConnection, run_id: UUID, brake: Brake) -> int:
    """How many of those whom a brake counted are chosen."""
    if brake.code is not BrakeCode.MANY_WITHOUT_GROUP:
        return await count_rows(connection, run_id, ChangeFilter(chosen=True, brake=brake))
    # Whoever keeps one of several places is not left without.
    counted = select(_change.person_id).where(rows_of(run_id, ChangeFilter(brake=brake)))
    people = counted.group_by(_change.person_id).having(func.bool_and(_change.chosen))
    statement = select(func.count()).select_from(people.subquery())
    return int((await connection.execute(statement)).scalar_one())


async def count_by_place(
    connection: AsyncConnection, run_id: UUID
) -> dict[str, list[Mapping[str, Any]]]:
    """Changes and chosen ones per kind and action, for each klas and each vestiging, by name."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    what = (_change.kind, _change.action)
    for name in ("klas", "vestiging_code"):
        column = _change[name]
        chosen = func.count().filter(_change.chosen).label("chosen")
        statement = (
            select(column.label("place"), *what, func.count().label("number"), chosen)
            .where(rows_of(run_id, ChangeFilter()), column.is_not(None))
            .group_by(column, *what)
            .order_by(column, *what)
        )
        rows = (await connection.execute(statement)).mappings()
        found[name] = [dict(row) for row in rows]
    return found
