"""Erase people in place: names and identifiers go, the id and what statistics need stay.

All that holds a person's data by the id is named here, in this order. What stays of a person:
role, leerjaar, onderwijssoort, vestiging, and which groups the id was in.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.baselines import erase_from_baselines
from services.importer.store.decisions import decisions_on_people, forget_decisions
from services.importer.store.personal_tables import erased_key
from services.importer.store.roster_tables import IDENTIFYING

# The same as `key_hashes` of the domain.
_REMEMBER = text("""
    INSERT INTO erased_key (school_id, key_hash, person_id, erased_at)
    SELECT school_id, sha256(convert_to(key, 'UTF8')), id, :now
    FROM person, unnest(ARRAY['source_key:' || source_key, 'eck_id:' || lower(eck_id)]) AS key
    WHERE id = ANY(:ids) AND key IS NOT NULL
    ON CONFLICT DO NOTHING
""")
_FORGET_CHANGES = text("""
    DELETE FROM import_change
    WHERE run_id IN (SELECT id FROM import_run WHERE school_id = :school_id)
      AND (subject_id = ANY(:ids) OR person_id = ANY(:ids) OR candidate_ids && :ids)
""")
_FORGET_HAND_CHANGES = text("""
    UPDATE hand_change SET before = NULL, after = NULL WHERE person_id = ANY(:ids)
""")
_FORGET_DIFFERENCES = (
    text("""
        DELETE FROM reconciliation_difference WHERE school_id = :school_id
          AND (subject_id = ANY(:ids) OR person_id = ANY(:ids) OR candidate_ids && :ids)
    """),
    text("""
        DELETE FROM reconciliation_exception WHERE school_id = :school_id AND person_ids && :ids
    """),
)
# What files and bad rows say of somebody cannot be told by an id: what still waits goes as a whole.
_FORGET_FILES = [
    text(f"DELETE FROM {table} WHERE school_id = :school_id")  # noqa: S608 - the names below
    for table in ("import_problem", "import_upload")
]
_FORGET_ABSENCES = text("DELETE FROM absence WHERE person_id = ANY(:ids)")
_END_MEMBERSHIPS = text("""
    UPDATE membership SET state = 'ended', ended_at = :now
    WHERE person_id = ANY(:ids) AND state = 'active'
""")
_ERASE = text(f"""
    UPDATE person SET state = 'erased', erased_at = :now, updated_at = :now,
        archived_at = coalesce(archived_at, :now),
        held_fields = '{{}}', {", ".join(f"{name} = NULL" for name in IDENTIFYING)}
    WHERE id = ANY(:ids) AND state <> 'erased'
    RETURNING id
""")  # noqa: S608 - only names of columns
_ERASED_SINCE = text("""
    SELECT EXISTS (SELECT FROM person WHERE school_id = :school_id AND erased_at >= :moment)
""")
# Who was merged leaves with who they turned out to be: until then their keys lead there.
_DUE = text("""
    SELECT p.id FROM person p LEFT JOIN person s ON s.id = p.merged_into
    WHERE p.school_id = :school_id AND p.state = 'archived'
      AND CASE WHEN s.id IS NULL THEN p.archived_at ELSE s.archived_at END < :before
    ORDER BY p.id
""")
_SWEEPING = text("SELECT set_config('app.sweep', 'on', true)")
_UNRETAINED = text("""
    SELECT school_id FROM roster_version WHERE retained_on IS NULL OR retained_on < :today
    ORDER BY school_id
""")
_RETAINED = text("""
    UPDATE roster_version SET retained_on = :today WHERE school_id = :school_id
      AND (retained_on IS NULL OR retained_on < :today)
    RETURNING school_id
""")
_MONTHS = text("SELECT person_months FROM school_retention WHERE school_id = :school_id")
_SET_MONTHS = text("""
    INSERT INTO school_retention (school_id, person_months, changed_by, changed_at)
    VALUES (:school_id, :months, :caller, :now)
    ON CONFLICT (school_id) DO UPDATE SET person_months = excluded.person_months,
        changed_by = excluded.changed_by, changed_at = excluded.changed_at
""")
# Runs that still go on keep what they need.
_OLD_RUNS = "run_id IN (SELECT id FROM import_run WHERE school_id = :school_id AND {})"
_OLD = (
    f"DELETE FROM import_line WHERE {_OLD_RUNS.format('ended_at IS NOT NULL')}",  # noqa: S608
    f"DELETE FROM import_file WHERE {_OLD_RUNS.format('ended_at IS NOT NULL')}",  # noqa: S608
    f"DELETE FROM import_row WHERE {_OLD_RUNS.format('ended_at IS NOT NULL')}",  # noqa: S608
    f"""
    DELETE FROM import_change WHERE outcome IS DISTINCT FROM 'applied'
      AND {_OLD_RUNS.format("ended_at < :plans_before")}
    """,  # noqa: S608
    """
    UPDATE import_run SET problems = '[]'
    WHERE school_id = :school_id AND ended_at < :plans_before AND problems <> '[]'
    """,
    """
    UPDATE import_confirmation SET name = ''
    WHERE school_id = :school_id AND confirmed_at < :audit_before AND name <> ''
    """,
    "DELETE FROM source_baseline WHERE school_id = :school_id AND said_at < :said_before",
    "DELETE FROM reconciliation WHERE school_id = :school_id AND at < :audit_before",
    "DELETE FROM reconciliation_exception WHERE school_id = :school_id AND until < :today",
    "DELETE FROM erased_key WHERE school_id = :school_id AND erased_at < :keys_before",
    # That two became one is told for as long as they are there; an erasure no policy lets go.
    """
    DELETE FROM audit_entry
    WHERE school_id = :school_id AND at < :audit_before AND action <> 'merge'
    """,
)


async def erase_people(
    connection: AsyncConnection,
    school_id: UUID,
    ids: Sequence[UUID],
    caller: str,
    moment: datetime,
) -> set[UUID]:
    """Erase people of the school, as a caller asked; who was erased already stays as they are.

    The caller holds the roster's version, and says afterwards that it changed.
    """
    facts = {"ids": list(ids), "now": moment}
    # First: they are found in what sources said by the keys that they still have.
    await erase_from_baselines(connection, school_id, ids)
    await connection.execute(_REMEMBER, facts)
    whose = {"school_id": school_id, "ids": facts["ids"]}
    await connection.execute(_FORGET_CHANGES, whose)
    decided = await decisions_on_people(connection, school_id, ids)
    await forget_decisions(connection, decided, caller, moment)
    await connection.execute(_FORGET_HAND_CHANGES, {"ids": facts["ids"]})
    await connection.execute(_FORGET_ABSENCES, {"ids": facts["ids"]})
    for statement in _FORGET_DIFFERENCES:
        await connection.execute(statement, whose)
    for statement in _FORGET_FILES:
        await connection.execute(statement, {"school_id": school_id})
    await connection.execute(_END_MEMBERSHIPS, facts)
    return set((await connection.execute(_ERASE, facts)).scalars())


async def erased_since(connection: AsyncConnection, school_id: UUID, moment: datetime) -> bool:
    """Whether anybody of the school was erased at a moment or later."""
    facts = {"school_id": school_id, "moment": moment}
    return bool((await connection.execute(_ERASED_SINCE, facts)).scalar_one())


async def erased_hashes(connection: AsyncConnection, school_id: UUID) -> frozenset[bytes]:
    """By what keys the school's erased people are known again."""
    found = erased_key.c
    rows = await connection.execute(select(found.key_hash).where(found.school_id == school_id))
    return frozenset(map(bytes, rows.scalars()))


async def people_due(connection: AsyncConnection, school_id: UUID, before: datetime) -> list[UUID]:
    """Who was archived before a moment and is not erased yet."""
    rows = await connection.execute(_DUE, {"school_id": school_id, "before": before})
    return list(rows.scalars())


async def unretained_schools(connection: AsyncConnection, today: date) -> list[UUID]:
    """Schools, of all, whose retention was not carried out today."""
    await connection.execute(_SWEEPING)
    return list((await connection.execute(_UNRETAINED, {"today": today})).scalars())


async def begin_retention(connection: AsyncConnection, school_id: UUID, today: date) -> bool:
    """Note that it is done today, in the transaction that does it; False when it was done."""
    done = await connection.execute(_RETAINED, {"school_id": school_id, "today": today})
    return done.one_or_none() is not None


async def retention_months(connection: AsyncConnection, school_id: UUID) -> int | None:
    """What the school chose; None when it chose nothing."""
    found = await connection.execute(_MONTHS, {"school_id": school_id})
    months: int | None = found.scalar_one_or_none()
    return months


async def set_retention_months(
    connection: AsyncConnection, school_id: UUID, months: int, caller: str, moment: datetime
) -> None:
    """Keep who left for so many months from now on."""
    facts = {"school_id": school_id, "months": months, "caller": caller, "now": moment}
    await connection.execute(_SET_MONTHS, facts)


async def remove_old(connection: AsyncConnection, school_id: UUID, bounds: dict[str, Any]) -> None:
    """Remove what imports left behind, and old hashes and looks."""
    for statement in _OLD:
        names = [name for name in bounds if f":{name}" in statement]
        facts = {"school_id": school_id} | {name: bounds[name] for name in names}
        await connection.execute(text(statement), facts)
