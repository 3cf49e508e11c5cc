"""Which places are taken from people who stay, as the domain's `lost_places`: in SQL.

What is gained is what is chosen of it. What is taken is counted over what is chosen, and shown
whether it is chosen or not: what somebody leaves out can be chosen again.
"""

from collections import Counter
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.brake import Brake, Place, Scope
from services.importer.domain.places import Klas, places_of_person

_ROWS = "c.run_id = :braked_run AND c.difference IS DISTINCT FROM 'gone'"
_COMES = "c.action IN ('add', 'reactivate')"
_KIND = "(SELECT g.kind FROM roster_group g WHERE g.id = {})"


# A plan was written a moment ago, so Postgres knows nothing of its size, and takes it for a few
# rows. Every step is one that bears that: sets, hashes and look-ups by index, no join of large
# parts; IS TRUE has it look up in a hash what it would join.
def _lost(taken: str) -> str:
    """What ends (`ended`, and whole groups, `gone`) and what is gained by the choice."""
    return f"""
    WITH gone AS MATERIALIZED (
        SELECT c.id, c.subject_id, c.role AS kind FROM import_change c
        WHERE {_ROWS} AND c.kind = 'group' AND c.action = 'archive' AND {taken}
    ), ended AS MATERIALIZED (
        SELECT c.id, c.person_id, c.group_id, c.role FROM import_change c
        WHERE {_ROWS} AND c.kind = 'membership' AND c.action = 'archive' AND {taken}
    ), gained AS MATERIALIZED (
        SELECT c.person_id, c.group_id, c.role FROM import_change c
        WHERE {_ROWS} AND c.kind = 'membership' AND {_COMES} AND c.chosen
          AND c.group_id NOT IN (SELECT c.subject_id FROM import_change c
            WHERE {_ROWS} AND c.kind = 'group' AND {_COMES} AND NOT c.chosen)
    )"""  # noqa: S608 - only constants of this file


# Where they are: as the domain's `Places` tells it, of several classes the first by name, then
# by vestiging. The row of somebody who comes to a klas names it.
_WITHOUT = f"""
    , held AS MATERIALIZED (
        SELECT person_id, group_id, role FROM membership
        WHERE school_id = (SELECT school_id FROM import_run WHERE id = :braked_run)
          AND state = 'active'
    ), staying AS MATERIALIZED (
        SELECT person_id, group_id, role FROM held EXCEPT
        SELECT person_id, group_id, role FROM ended
    ), without AS MATERIALIZED (
        SELECT person_id, kind FROM (
            SELECT person_id, {_KIND.format("group_id")} AS kind FROM ended
            UNION
            SELECT person_id, {_KIND.format("group_id")} FROM held
            WHERE (group_id IN (SELECT subject_id FROM gone)) IS TRUE) AS losing
        WHERE person_id NOT IN (
            SELECT c.subject_id FROM import_change c
            WHERE {_ROWS} AND c.kind = 'person' AND c.action = 'archive' AND c.chosen)
        EXCEPT
        SELECT person_id, {_KIND.format("group_id")} FROM staying
        WHERE group_id NOT IN (SELECT subject_id FROM gone)
        EXCEPT
        SELECT person_id, coalesce({_KIND.format("group_id")}, (SELECT c.role FROM import_change c
            WHERE {_ROWS} AND c.kind = 'group' AND c.subject_id = gained.group_id)) FROM gained
    ), klas AS MATERIALIZED (
        SELECT DISTINCT ON (person_id) person_id, name, vestiging FROM (
            SELECT person_id, false AS later, (SELECT g.name FROM roster_group g
                WHERE g.id = group_id AND g.kind = 'stamgroep') AS name, coalesce(
                    (SELECT g.vestiging_code FROM roster_group g WHERE g.id = group_id),
                    (SELECT p.vestiging_code FROM person p WHERE p.id = person_id)) AS vestiging
            FROM held WHERE role = 'pupil'
            UNION ALL
            SELECT c.person_id, true, c.klas, c.klas_vestiging FROM import_change c
            WHERE {_ROWS} AND c.kind = 'membership' AND {_COMES} AND c.role = 'pupil') AS either
        WHERE (person_id IN (SELECT person_id FROM without)) IS TRUE AND name IS NOT NULL
        ORDER BY person_id, later, name COLLATE "C", vestiging COLLATE "C" NULLS FIRST
    ), placed AS MATERIALIZED (
        SELECT without.person_id, without.kind, p.role, p.vestiging_code AS vestiging,
            klas.name AS klas, klas.vestiging AS klas_vestiging
        FROM without JOIN person p ON p.id = without.person_id
        LEFT JOIN klas ON klas.person_id = p.id
    )"""  # noqa: S608 - only constants of this file
# Nobody's places are more than what they have fewer of than before.
_FEWER = """
    , fewer AS MATERIALIZED (
        SELECT role, person_id, sum(number) AS number FROM (
            SELECT role, person_id, 1 AS number FROM ended
            UNION ALL SELECT role, person_id, -1 FROM gained) AS both_ways
        GROUP BY role, person_id HAVING sum(number) > 0
    )"""
_COUNT_WITHOUT = text(f"""
    {_lost("c.chosen")}{_WITHOUT}
    SELECT kind, role, vestiging, klas, klas_vestiging, count(*) FROM placed
    GROUP BY kind, role, vestiging, klas, klas_vestiging
""")  # noqa: S608 - only constants of this file
_COUNT_ENDED = text(f"""
    {_lost("c.chosen")}{_FEWER} SELECT role, sum(number)::integer AS number FROM fewer GROUP BY role
""")  # noqa: S608 - only constants of this file
_IN_SCOPE: dict[Scope, str] = {
    Scope.SCHOOL: "CAST(:braked_value AS text) IS NULL",
    **{scope: f"{scope} = :braked_value" for scope in (Scope.ROLE, Scope.VESTIGING)},
    Scope.KLAS: "klas = :braked_value "
    "AND klas_vestiging IS NOT DISTINCT FROM CAST(:braked_vestiging AS text)",
}


def rows_that_leave_without(run_id: UUID, brake: Brake) -> TextClause:
    """The condition that a row of `import_change` takes a place from somebody whom a brake counts.

    The archiving of a group takes one from everybody who is in it.
    """
    facts = {"braked_run": run_id, "braked_kind": brake.field, "braked_value": brake.value}
    if brake.scope is Scope.KLAS:
        facts["braked_vestiging"] = brake.vestiging
    return text(f"""
        (import_change.id IN ({_lost("true")}{_WITHOUT}, braked AS MATERIALIZED (
            SELECT person_id FROM placed
            WHERE kind = :braked_kind AND {_IN_SCOPE[brake.scope]}
        )
        SELECT id FROM ended WHERE {_KIND.format("group_id")} = :braked_kind
          AND (person_id IN (SELECT person_id FROM braked)) IS TRUE
        UNION ALL
        SELECT id FROM gone WHERE kind = :braked_kind
          AND (subject_id IN (SELECT group_id FROM held
            WHERE (person_id IN (SELECT person_id FROM braked)) IS TRUE)) IS TRUE)) IS TRUE
    """).bindparams(**facts)  # noqa: S608 - only constants of this file


def rows_that_end(run_id: UUID, brake: Brake) -> TextClause:
    """The condition that a row of `import_change` ends a place of somebody who has fewer then."""
    return text(f"""
        (import_change.id IN ({_lost("true")}{_FEWER}
            SELECT id FROM ended WHERE role = :braked_value
              AND (person_id IN (SELECT person_id FROM fewer
                WHERE role = :braked_value)) IS TRUE)) IS TRUE
    """).bindparams(braked_run=run_id, braked_value=brake.value)  # noqa: S608 - only constants


async def count_without(connection: AsyncConnection, run_id: UUID) -> Counter[tuple[Place, str]]:
    """How many would be without any group of a kind by what is chosen, in each scope."""
    found: Counter[tuple[Place, str]] = Counter()
    rows = await connection.execute(_COUNT_WITHOUT, {"braked_run": run_id})
    for kind, role, vestiging, name, klas_vestiging, number in rows:
        klas = None if name is None else Klas(name, klas_vestiging)
        for place in places_of_person(role, klas, vestiging):
            found[place, kind] += number
    return found


async def count_ended(connection: AsyncConnection, run_id: UUID) -> dict[str, int]:
    """How many places end by what is chosen, for each role of members."""
    rows = await connection.execute(_COUNT_ENDED, {"braked_run": run_id})
    return {row.role: row.number for row in rows}
