"""How much a plan holds: by kind and action, chosen or applied, per filter, brake and place."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.brake import Brake, BrakeCode
from services.importer.domain.change import Outcome
from services.importer.domain.change_filter import ChangeFilter
from services.importer.domain.plan import Summary, counts
from services.importer.store.change_filter import KLAS_VESTIGING, rows_of
from services.importer.store.left_without import count_ended, count_without
from services.importer.store.tables import import_change

_change = import_change.c
_OF_PLACES = frozenset({BrakeCode.MANY_WITHOUT_GROUP, BrakeCode.MANY_MEMBERSHIPS_ENDED})
# A statement has at most 1,664 columns.
_AT_ONCE = 500


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


async def count_braked(
    connection: AsyncConnection, run_id: UUID, brakes: Sequence[Brake]
) -> list[int]:
    """How many of those whom each brake counts are chosen."""
    codes = {brake.code for brake in brakes}
    without, ended = Counter[Any](), dict[str, int]()
    if BrakeCode.MANY_WITHOUT_GROUP in codes:
        without = await count_without(connection, run_id)
    if BrakeCode.MANY_MEMBERSHIPS_ENDED in codes:
        ended = await count_ended(connection, run_id)
    of_rows = [brake for brake in brakes if brake.code not in _OF_PLACES]
    rows = iter(await _count_rows_of(connection, run_id, of_rows))
    found = []
    for brake in brakes:
        if brake.code is BrakeCode.MANY_WITHOUT_GROUP:
            found.append(without[brake.place, brake.field])
        elif brake.code is BrakeCode.MANY_MEMBERSHIPS_ENDED:
            found.append(ended.get(brake.value or "", 0))
        else:
            found.append(next(rows))
    return found


async def _count_rows_of(
    connection: AsyncConnection, run_id: UUID, brakes: Sequence[Brake]
) -> list[int]:
    """The same of brakes on how many rows change: all of them in one look at the plan."""
    found: list[int] = []
    for at in range(0, len(brakes), _AT_ONCE):
        wanted = [ChangeFilter(brake=brake) for brake in brakes[at : at + _AT_ONCE]]
        columns = [func.count().filter(rows_of(run_id, one)) for one in wanted]
        statement = select(*columns).where(_change.run_id == run_id, _change.chosen)
        found += (await connection.execute(statement)).one()
    return found


async def count_by_place(
    connection: AsyncConnection, run_id: UUID
) -> dict[str, list[Mapping[str, Any]]]:
    """Changes and chosen ones per kind and action, for each klas and each vestiging, by name."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    what = (_change.kind, _change.action)
    number, chosen = func.count(), func.count().filter(_change.chosen)
    where: dict[str, list[ColumnElement[Any]]] = {
        "klas": [_change.klas, KLAS_VESTIGING.label("vestiging")],
        "vestiging_code": [_change.vestiging_code],
    }
    for name, (column, *of) in where.items():
        statement = (
            select(column.label("place"), *of, *what)
            .add_columns(number.label("number"), chosen.label("chosen"))
            .where(rows_of(run_id, ChangeFilter()), column.is_not(None))
            .group_by(column, *of, *what)
            .order_by(column, *of, *what)
        )
        rows = (await connection.execute(statement)).mappings()
        found[name] = [dict(row) for row in rows]
    return found
