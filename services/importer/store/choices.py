"""Choose rows of a plan: as a whole, by a filter, one by one, and field by field."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.change import Choice
from services.importer.domain.change_filter import ChangeFilter
from services.importer.store.change_filter import rows_of
from services.importer.store.tables import import_change

_change = import_change.c
# A row of which every field is kept changes nothing: its fields are chosen, not the row.
_OPEN = "choice IS NOT NULL AND NOT (action = 'update' AND (after - kept) = '{}'::jsonb)"
_CHOOSE_ALL = text(f"""
    UPDATE import_change SET chosen = :chosen
    WHERE run_id = :run_id AND choice = :choice AND chosen <> :chosen AND {_OPEN}
""")  # noqa: S608 - only a constant of this file
_CHOOSE_ROWS = text(f"""
    UPDATE import_change c SET chosen = r.chosen
    FROM unnest(CAST(:ids AS uuid[]), CAST(:chosen AS boolean[])) AS r (id, chosen)
    WHERE c.run_id = :run_id AND c.id = r.id AND {_OPEN}
    RETURNING c.id
""")  # noqa: S608 - only a constant of this file
_OVERWRITE = text("""
    UPDATE import_change c SET
        kept = ARRAY(SELECT DISTINCT name FROM unnest(c.held || c.undone) AS name
                     WHERE NOT name = ANY (CAST(:names AS text[]))),
        chosen = cardinality(CAST(:names AS text[])) > 0 OR (c.chosen
            AND NOT (c.action = 'update' AND (c.after - c.held - c.undone) = '{}'::jsonb))
    WHERE c.run_id = :run_id AND c.id = :id AND c.choice IS NOT NULL
      AND (c.held || c.undone) <> '{}' AND CAST(:names AS text[]) <@ (c.held || c.undone)
    RETURNING c.id
""")
_HOLD_ALL = text("""
    UPDATE import_change SET kept = held, undone = '{}',
        chosen = chosen AND NOT (action = 'update' AND (after - held) = '{}'::jsonb)
    WHERE run_id = :run_id AND choice IS NOT NULL AND kept <> held
""")


async def choose_all(
    connection: AsyncConnection, run_id: UUID, wanted: Mapping[Choice, bool]
) -> None:
    """Choose or leave out everything of some kinds."""
    for choice, chosen in wanted.items():
        facts = {"run_id": run_id, "choice": choice.value, "chosen": chosen}
        await connection.execute(_CHOOSE_ALL, facts)


async def choose_matching(
    connection: AsyncConnection, run_id: UUID, wanted: ChangeFilter, *, chosen: bool
) -> None:
    """Choose or leave out every row that a filter means."""
    statement = update(import_change).where(rows_of(run_id, wanted), text(_OPEN))
    await connection.execute(statement.values(chosen=chosen))


async def choose_rows(
    connection: AsyncConnection, run_id: UUID, rows: Mapping[UUID, bool]
) -> set[UUID]:
    """Choose or leave out single changes; returns those that exist and can be chosen."""
    facts = {"run_id": run_id, "ids": list(rows), "chosen": list(rows.values())}
    return set((await connection.execute(_CHOOSE_ROWS, facts)).scalars())


async def choose_overwriting(
    connection: AsyncConnection, run_id: UUID, rows: Mapping[UUID, Collection[str]]
) -> set[UUID]:
    """Say which fields are overwritten that a hand changed or an undo took back.

    Returns the rows that have them. A row with such a field is chosen with it, and one that would
    change nothing is left out.
    """
    done = set()
    for row_id, names in rows.items():
        facts = {"run_id": run_id, "id": row_id, "names": sorted(names)}
        done |= set((await connection.execute(_OVERWRITE, facts)).scalars())
    return done


async def overwrite_nothing(connection: AsyncConnection, run_id: UUID) -> None:
    """Let all that was changed by hand stay as it is, whatever was chosen of it before."""
    await connection.execute(_HOLD_ALL, {"run_id": run_id})
