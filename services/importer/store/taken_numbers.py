"""Skip what would give a leerlingnummer away that stays with somebody else: in SQL, for apply."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.roster_tables import bare_number_of

# Sorted by number, and before that by person, with no join of the two sides: no index knows a bare
# number, and of a plan that was only just written the planner knows no size to choose a join by.
_SKIP_TAKEN = text(f"""
    WITH keeping AS (
        SELECT max(number) AS number FROM (
            SELECT h.id, {bare_number_of("h.pupil_number")} AS number, false AS moves
            FROM person h
            WHERE h.school_id = (SELECT school_id FROM import_run WHERE id = :run_id)
              AND h.role = 'pupil' AND h.state = 'active' AND h.pupil_number IS NOT NULL
            UNION ALL
            SELECT o.subject_id, NULL, true FROM import_change o
            WHERE o.run_id = :run_id AND o.kind = 'person' AND o.chosen AND o.outcome IS NULL
              AND o.after ? 'pupil_number') AS one
        GROUP BY id HAVING NOT bool_or(moves)),
    party AS (
        SELECT c.id AS change_id, {bare_number_of("n.wanted")} AS number
        FROM import_change c LEFT JOIN person t ON t.id = c.subject_id
        CROSS JOIN LATERAL (SELECT CASE WHEN c.after ? 'pupil_number'
            THEN c.after ->> 'pupil_number' ELSE t.pupil_number END) AS n (wanted)
        WHERE c.run_id = :run_id AND c.kind = 'person' AND c.role = 'pupil'
          AND c.chosen AND c.outcome IS NULL AND n.wanted IS NOT NULL
          AND (c.action IN ('add', 'reactivate')
            OR c.action = 'update' AND c.after ? 'pupil_number' AND t.state = 'active')
        UNION ALL SELECT NULL, number FROM keeping),
    met AS (
        SELECT change_id, bool_or(change_id IS NULL) OVER (PARTITION BY number) AS is_kept
        FROM party)
    UPDATE import_change SET outcome = 'skipped', outcome_reason = 'pupil_number_taken'
    WHERE id = ANY (ARRAY(SELECT change_id FROM met WHERE is_kept AND change_id IS NOT NULL))
""")  # noqa: S608 - only constants of this file


async def skip_taken_numbers(connection: AsyncConnection, run_id: UUID) -> None:
    """Mark what of a run is to be skipped, as the domain's `taken_numbers` tells it.

    Until nothing is left: who is skipped keeps a number that a third one may have hoped for.
    """
    while (await connection.execute(_SKIP_TAKEN, {"run_id": run_id})).rowcount:
        pass
