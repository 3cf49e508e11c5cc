"""The changes of a plan: write them, show them, and note what was chosen."""

import json
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.change import Change, Choice
from services.importer.domain.plan import Summary, counts
from services.importer.domain.run import Chosen
from services.importer.store.bulk import copy_rows
from services.importer.store.tables import import_change

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
    "chosen",
)
_change = import_change.c
_CHOOSE_ALL = text("""
    UPDATE import_change SET chosen = :chosen
    WHERE run_id = :run_id AND choice = :choice AND chosen <> :chosen
""")
_PEOPLE = text("""
    SELECT DISTINCT CASE kind WHEN 'person' THEN subject_id ELSE person_id END AS id
    FROM import_change WHERE run_id = :run_id AND kind <> 'group' AND action <> 'conflict'
    UNION SELECT unnest(candidate_ids) FROM import_change WHERE run_id = :run_id
""")
_CHOOSE_ROWS = text("""
    UPDATE import_change c SET chosen = r.chosen
    FROM unnest(CAST(:ids AS uuid[]), CAST(:chosen AS boolean[])) AS r (id, chosen)
    WHERE c.run_id = :run_id AND c.id = r.id AND c.choice IS NOT NULL
    RETURNING c.id
""")


async def add_changes(
    connection: AsyncConnection,
    run_id: UUID,
    school_id: UUID,
    changes: Iterable[Change],
    choice: Chosen,
) -> None:
    """Write a plan's changes, each chosen as the whole is."""
    chosen = chosen_by_default(choice)
    rows = (
        (
            change.id,
            run_id,
            school_id,
            position,
            change.kind.value,
            change.action.value,
            change.choice.value if change.choice else None,
            str(change.role),
            change.reason.value,
            change.subject_id,
            change.person_id,
            change.group_id,
            change.label,
            json.dumps(dict(change.before)),
            json.dumps(dict(change.after)),
            list(change.candidate_ids),
            change.choice in chosen,
        )
        for position, change in enumerate(changes)
    )
    await copy_rows(connection, import_change, _COLUMNS, rows)


def chosen_by_default(choice: Chosen) -> set[Choice | None]:
    """The kinds of change that a choice as a whole includes; never a conflict."""
    wanted = {Choice.ADD: choice.add, Choice.UPDATE: choice.update, Choice.ARCHIVE: choice.archive}
    return {kind for kind, yes in wanted.items() if yes}


async def choose_all(
    connection: AsyncConnection, run_id: UUID, wanted: Mapping[Choice, bool]
) -> None:
    """Choose or leave out everything of some kinds."""
    for choice, chosen in wanted.items():
        facts = {"run_id": run_id, "choice": choice.value, "chosen": chosen}
        await connection.execute(_CHOOSE_ALL, facts)


async def choose_rows(
    connection: AsyncConnection, run_id: UUID, rows: Mapping[UUID, bool]
) -> set[UUID]:
    """Choose or leave out single changes; returns those that exist and can be chosen."""
    facts = {"run_id": run_id, "ids": list(rows), "chosen": list(rows.values())}
    return set((await connection.execute(_CHOOSE_ROWS, facts)).scalars())


async def count_chosen(connection: AsyncConnection, run_id: UUID) -> Summary:
    """How many changes of each kind and action are chosen."""
    columns = (_change.kind, _change.role, _change.action)
    statement = select(*columns, func.count()).where(_change.run_id == run_id, _change.chosen)
    rows = await connection.execute(statement.group_by(*columns))
    return counts((row[0], row[1], row[2], row[3]) for row in rows)


async def people_in_changes(connection: AsyncConnection, run_id: UUID) -> list[UUID]:
    """Everybody whom a plan is about, each once."""
    return list((await connection.execute(_PEOPLE, {"run_id": run_id})).scalars())


async def list_changes(
    connection: AsyncConnection,
    run_id: UUID,
    wanted: Mapping[str, str | None],
    after: int | None,
    limit: int,
) -> list[RowMapping]:
    """Part of a plan in its own order; `wanted` may name kind, action and role."""
    statement = select(import_change).where(_change.run_id == run_id)
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(_change[name] == value)
    if after is not None:
        statement = statement.where(_change.position > after)
    rows = await connection.execute(statement.order_by(_change.position).limit(limit))
    return list(rows.mappings())
