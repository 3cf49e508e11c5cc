"""The changes of a plan: write them, show them, and count them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.carry_over import Carried, EarlierChange, carry_over
from services.importer.domain.change import Action, Change, ChangeKind, Choice
from services.importer.domain.change_filter import ChangeFilter
from services.importer.domain.normalise import bare_name
from services.importer.domain.run import Chosen
from services.importer.store.bulk import copy_rows
from services.importer.store.change_filter import rows_of
from services.importer.store.run_table import import_run
from services.importer.store.schedule_tables import absence
from services.importer.store.tables import import_change
from shared.ids import new_id

_COLUMNS = (
    "id",
    "run_id",
    "school_id",
    "position",
    "kind",
    "action",
    "choice",
    "role",
    "reason",
    "subject_id",
    "person_id",
    "group_id",
    "label",
    "before",
    "after",
    "candidate_ids",
    "identity",
    "source_identity",
    "klas",
    "klas_vestiging",
    "vestiging_code",
    "search",
    "held",
    "key_moves",
    "chosen",
    "kept",
    "undone",
    "difference",
)
_change = import_change.c
_absence = absence.c
_PEOPLE = text("""
    SELECT DISTINCT CASE kind WHEN 'person' THEN subject_id ELSE person_id END AS id
    FROM import_change WHERE run_id = :run_id AND kind <> 'group' AND action <> 'conflict'
    UNION SELECT unnest(candidate_ids) FROM import_change WHERE run_id = :run_id
""")
# After all rows of the plan itself; a cursor holds nine digits.
_GONE_FROM = 500_000_000
_REMOVE = text("DELETE FROM import_change WHERE run_id = :run_id AND NOT id = ANY(:but)")
_GONE = text("""
    UPDATE import_change SET difference = 'gone', chosen = false, choice = NULL,
        position = position + :offset
    WHERE run_id = :run_id
""")


async def add_changes(
    connection: AsyncConnection,
    run_id: UUID,
    school_id: UUID,
    changes: list[Change],
    choice: Chosen,
    *,
    earlier: Iterable[EarlierChange] | None = None,
) -> Carried:
    """Write a plan's changes, each chosen as the whole is, or as in the plan before this one."""
    carried = carry_over(earlier or (), changes, chosen_by_default(choice))
    is_anew = earlier is not None
    rows = (
        (
            *(new_id(), run_id, school_id, position),
            *_facts(change),
            *(carried.chosen[position], list(carried.kept[position])),
            list(carried.undone[position]),
            carried.differences[position] if is_anew else None,
        )
        for position, change in enumerate(changes)
    )
    if is_anew:
        await connection.execute(_REMOVE, {"run_id": run_id, "but": carried.gone})
        await connection.execute(_GONE, {"run_id": run_id, "offset": _GONE_FROM})
    await copy_rows(connection, import_change, _COLUMNS, rows)
    return carried


def _facts(change: Change) -> tuple[Any, ...]:
    return (
        change.kind.value,
        change.action.value,
        change.choice.value if change.choice else None,
        str(change.role),
        change.reason.value,
        change.subject_id,
        change.person_id,
        change.group_id,
        change.label,
        _as_json(change.before),
        _as_json(change.after),
        list(change.candidate_ids),
        change.identity,
        change.source_identity,
        change.klas,
        change.klas_vestiging,
        change.vestiging_code,
        bare_name(change.label),
        list(change.held),
        json.dumps({name: asdict(move) for name, move in change.key_moves.items()}, default=str)
        if change.key_moves
        else None,
    )


def _as_json(values: Mapping[str, str | None]) -> str:
    return json.dumps(dict(values)) if values else "{}"


def chosen_by_default(choice: Chosen) -> set[Choice | None]:
    """The kinds of change that a choice as a whole includes; never a conflict."""
    return {kind for kind in Choice if getattr(choice, kind)}


async def read_earlier(connection: AsyncConnection, run_id: UUID) -> list[EarlierChange]:
    """The plan that a run has, without what was gone from it already."""
    columns = [_change[name] for name in EarlierChange.__dataclass_fields__]
    rows = await connection.execute(select(*columns).where(rows_of(run_id, ChangeFilter())))
    return [
        EarlierChange(**{**row, "kept": tuple(row["kept"]), "undone": tuple(row["undone"])})
        for row in rows.mappings()
    ]


async def people_in_changes(connection: AsyncConnection, run_id: UUID) -> list[UUID]:
    """Everybody whom a plan is about, each once."""
    return list((await connection.execute(_PEOPLE, {"run_id": run_id})).scalars())


async def list_changes(
    connection: AsyncConnection,
    run_id: UUID,
    wanted: ChangeFilter,
    after: int | None,
    limit: int,
) -> list[RowMapping]:
    """Part of a plan in its own order; of who would be archived, absent since when.

    `absent_once` of who lacked for the first time in what this plan was made from. An absence that
    began later is not of this plan.
    """
    read_at = select(import_run.c.source_at).where(import_run.c.id == run_id).scalar_subquery()
    lacking = (
        (_absence.person_id == _change.subject_id)
        & (_change.action == Action.ARCHIVE)
        & (_absence.first_absent_at <= read_at)
    )
    since = _absence.first_absent_at
    once = func.coalesce(since == read_at, False).label("absent_once")
    columns = (import_change, since.label("absent_since"), once)
    joined = import_change.outerjoin(absence, lacking)
    statement = select(*columns).select_from(joined).where(rows_of(run_id, wanted))
    if after is not None:
        statement = statement.where(_change.position > after)
    rows = await connection.execute(statement.order_by(_change.position).limit(limit))
    return list(rows.mappings())


async def changes_of_people(
    connection: AsyncConnection, run_id: UUID, ids: Iterable[UUID]
) -> list[dict[str, Any]]:
    """What a plan does to these people's own rows."""
    wanted = rows_of(run_id, ChangeFilter(kind=ChangeKind.PERSON))
    statement = select(import_change).where(wanted, _change.subject_id.in_(list(ids)))
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def number_moves(connection: AsyncConnection, run_id: UUID) -> list[dict[str, Any]]:
    """What of a plan takes a leerlingnummer that somebody had."""
    held = _change.key_moves["pupil_number"]["holder_id"].astext.is_not(None)
    statement = select(import_change).where(rows_of(run_id, ChangeFilter(moves_key=True)), held)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def find_changes(
    connection: AsyncConnection, run_id: UUID, ids: Iterable[UUID]
) -> dict[UUID, dict[str, Any]]:
    """These rows of a plan, by id."""
    wanted = rows_of(run_id, ChangeFilter())
    rows = await connection.execute(select(import_change).where(wanted, _change.id.in_(list(ids))))
    return {row["id"]: dict(row) for row in rows.mappings()}
