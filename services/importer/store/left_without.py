"""Which places are taken from people who stay, as the domain's `lost_places`: in SQL.

What is gained is what is chosen of it. What is taken is counted over what is chosen, and shown
whether it is chosen or not: what somebody leaves out can be chosen again.
"""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.brake import Brake, Scope

_MINE = "= (SELECT school_id FROM import_run WHERE id = :braked_run)"
_ROWS = "c.run_id = :braked_run AND c.difference IS DISTINCT FROM 'gone'"
_COMES = "c.action IN ('add', 'reactivate')"


def _lost(taken: str) -> str:
    """What ends (`ended`, and whole groups, `gone`) and what is gained by the choice."""
    return f"""
    WITH gone AS (
        SELECT c.id, c.subject_id FROM import_change c
        WHERE {_ROWS} AND c.kind = 'group' AND c.action = 'archive' AND {taken}
    ), ended AS (
        SELECT c.id, c.subject_id, c.person_id, c.role, g.kind
        FROM import_change c JOIN roster_group g ON g.id = c.group_id
        WHERE {_ROWS} AND c.kind = 'membership' AND c.action = 'archive' AND {taken}
    ), there AS (
        SELECT id, kind FROM roster_group WHERE school_id {_MINE} AND state = 'active'
        UNION ALL
        SELECT c.subject_id, c.role FROM import_change c
        WHERE {_ROWS} AND c.kind = 'group' AND {_COMES} AND c.chosen
    ), gained AS (
        SELECT c.person_id, c.role, there.kind
        FROM import_change c JOIN there ON there.id = c.group_id
        WHERE {_ROWS} AND c.kind = 'membership' AND {_COMES} AND c.chosen
    )"""  # noqa: S608 - only constants of this file


# Where they are: as the domain's `Places` tells it, of several classes the first by name.
_WITHOUT = f"""
    , losing AS (
        SELECT person_id, kind FROM ended
        UNION
        SELECT m.person_id, g.kind FROM gone
        JOIN membership m ON m.group_id = gone.subject_id AND m.state = 'active'
        JOIN roster_group g ON g.id = m.group_id
    ), without AS (
        SELECT person_id, kind FROM losing WHERE person_id NOT IN (
            SELECT c.subject_id FROM import_change c
            WHERE {_ROWS} AND c.kind = 'person' AND c.action = 'archive' AND c.chosen)
        EXCEPT
        SELECT m.person_id, g.kind FROM membership m JOIN roster_group g ON g.id = m.group_id
        WHERE m.state = 'active' AND m.person_id IN (SELECT person_id FROM losing)
          AND m.id NOT IN (SELECT subject_id FROM ended)
          AND m.group_id NOT IN (SELECT subject_id FROM gone)
        EXCEPT
        SELECT person_id, kind FROM gained
    ), klas AS (
        SELECT m.person_id, min(g.name COLLATE "C") AS name
        FROM membership m JOIN roster_group g ON g.id = m.group_id
        WHERE m.person_id IN (SELECT person_id FROM without) AND m.state = 'active'
          AND m.role = 'pupil' AND g.kind = 'stamgroep'
        GROUP BY m.person_id
    ), next_klas AS (
        SELECT c.person_id, min(coalesce(g.name, n.after ->> 'name') COLLATE "C") AS name
        FROM import_change c
        LEFT JOIN roster_group g ON g.id = c.group_id AND g.kind = 'stamgroep'
        LEFT JOIN import_change n ON n.run_id = c.run_id AND n.subject_id = c.group_id
            AND n.kind = 'group' AND n.action = 'add' AND n.role = 'stamgroep'
            AND n.difference IS DISTINCT FROM 'gone'
        WHERE {_ROWS} AND c.kind = 'membership' AND {_COMES} AND c.role = 'pupil'
          AND c.person_id IN (SELECT person_id FROM without)
        GROUP BY c.person_id
    ), placed AS (
        SELECT without.person_id, without.kind, p.role, p.vestiging_code AS vestiging,
            coalesce(klas.name, next_klas.name) AS klas
        FROM without JOIN person p ON p.id = without.person_id
        LEFT JOIN klas ON klas.person_id = p.id LEFT JOIN next_klas ON next_klas.person_id = p.id
    )"""  # noqa: S608 - only constants of this file
# Nobody's places are more than what they have fewer of than before.
_FEWER = """
    , fewer AS (
        SELECT role, person_id, sum(number) AS number FROM (
            SELECT role, person_id, 1 AS number FROM ended
            UNION ALL SELECT role, person_id, -1 FROM gained) AS both_ways
        GROUP BY role, person_id HAVING sum(number) > 0
    )"""
_COUNT_WITHOUT = text(f"""
    {_lost("c.chosen")}{_WITHOUT}
    SELECT kind, role, vestiging, klas, count(*) FROM placed GROUP BY kind, role, vestiging, klas
""")  # noqa: S608 - only constants of this file
_COUNT_ENDED = text(f"""
    {_lost("c.chosen")}{_FEWER} SELECT role, sum(number)::integer AS number FROM fewer GROUP BY role
""")  # noqa: S608 - only constants of this file
_IN_SCOPE: dict[Scope, str] = {
    Scope.SCHOOL: "CAST(:braked_value AS text) IS NULL",
    **{scope: f"{scope} = :braked_value" for scope in (Scope.ROLE, Scope.VESTIGING, Scope.KLAS)},
}


def rows_that_leave_without(run_id: UUID, brake: Brake) -> TextClause:
    """The condition that a row of `import_change` takes a place from somebody whom a brake counts.

    The archiving of a group takes one from everybody who is in it.
    """
    facts = {"braked_run": run_id, "braked_kind": brake.field, "braked_value": brake.value}
    return text(f"""
        import_change.id IN ({_lost("true")}{_WITHOUT}, braked AS (
            SELECT person_id FROM placed
            WHERE kind = :braked_kind AND {_IN_SCOPE[brake.scope]}
        )
        SELECT id FROM ended
        WHERE kind = :braked_kind AND person_id IN (SELECT person_id FROM braked)
        UNION ALL
        SELECT gone.id FROM gone JOIN roster_group g ON g.id = gone.subject_id
        WHERE g.kind = :braked_kind AND EXISTS (SELECT FROM membership m
            WHERE m.group_id = gone.subject_id AND m.state = 'active'
              AND m.person_id IN (SELECT person_id FROM braked)))
    """).bindparams(**facts)  # noqa: S608 - only constants of this file


def rows_that_end(run_id: UUID, brake: Brake) -> TextClause:
    """The condition that a row of `import_change` ends a place of somebody who has fewer then."""
    return text(f"""
        import_change.id IN ({_lost("true")}{_FEWER}
            SELECT ended.id FROM ended JOIN fewer USING (role, person_id)
            WHERE role = :braked_value)
    """).bindparams(braked_run=run_id, braked_value=brake.value)  # noqa: S608 - only constants


async def count_without(
    connection: AsyncConnection, run_id: UUID
) -> Counter[tuple[Scope, str | None, str]]:
    """How many would be without any group of a kind by what is chosen, in each scope."""
    found: Counter[tuple[Scope, str | None, str]] = Counter()
    for kind, *where, number in await connection.execute(_COUNT_WITHOUT, {"braked_run": run_id}):
        for scope, value in _scopes(*where):
            found[scope, value, kind] += number
    return found


def _scopes(
    role: str, vestiging: str | None, klas: str | None
) -> Iterator[tuple[Scope, str | None]]:
    yield Scope.SCHOOL, None
    named = ((Scope.ROLE, role), (Scope.VESTIGING, vestiging), (Scope.KLAS, klas))
    yield from ((scope, value) for scope, value in named if value is not None)


async def count_ended(connection: AsyncConnection, run_id: UUID) -> dict[str, int]:
    """How many places end by what is chosen, for each role of members."""
    rows = await connection.execute(_COUNT_ENDED, {"braked_run": run_id})
    return {row.role: row.number for row in rows}
