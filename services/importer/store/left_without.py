"""Who would be in no group of a kind any more, as the domain's `left_without`: SQL conditions."""

from uuid import UUID

from sqlalchemy import TextClause, text

from services.importer.domain.brake import Brake, Scope

_MINE = "= (SELECT school_id FROM import_run WHERE id = :braked_run)"
_IN_PLAN = "c.run_id = :braked_run AND c.difference IS DISTINCT FROM 'gone'"
_GROUPS = f"SELECT id FROM roster_group WHERE school_id {_MINE} AND kind = :braked_kind"  # noqa: S608
_ARCHIVED = f"""
    SELECT c.subject_id FROM import_change c
    WHERE {_IN_PLAN} AND c.action = 'archive' AND c.kind IN ('membership', 'group')
"""  # noqa: S608 - only constants of this file
_IN_SCOPE = {
    Scope.SCHOOL: "true",
    Scope.ROLE: "p.role = :braked_value",
    Scope.VESTIGING: "p.vestiging_code = :braked_value",
    # The row of a stamgroep names that one; whoever is in several is counted in the first.
    Scope.KLAS: f"""CASE :braked_kind WHEN 'lesgroep' THEN c.klas = :braked_value ELSE p.id IN (
        SELECT m.person_id FROM membership m JOIN roster_group g ON g.id = m.group_id
        WHERE m.school_id {_MINE} AND m.state = 'active' AND m.role = 'pupil'
          AND g.kind = 'stamgroep'
        GROUP BY m.person_id HAVING min(g.name COLLATE "C") = :braked_value) END""",  # noqa: S608
}
_PEOPLE = f"""
    SELECT c.person_id FROM import_change c JOIN person p ON p.id = c.person_id
    WHERE {_IN_PLAN} AND c.kind = 'membership' AND c.action = 'archive'
      AND c.group_id IN ({_GROUPS}) AND {{in_scope}}
    EXCEPT
    SELECT m.person_id FROM membership m
    WHERE m.school_id {_MINE} AND m.state = 'active' AND m.group_id IN ({_GROUPS})
      AND m.id NOT IN ({_ARCHIVED}) AND m.group_id NOT IN ({_ARCHIVED})
    EXCEPT
    SELECT c.person_id FROM import_change c
    WHERE {_IN_PLAN} AND c.kind = 'membership' AND c.action <> 'archive'
      AND (c.group_id IN ({_GROUPS}) OR c.group_id IN (
        SELECT c.subject_id FROM import_change c
        WHERE {_IN_PLAN} AND c.kind = 'group' AND c.action = 'add' AND c.role = :braked_kind))
"""  # noqa: S608 - only constants of this file


def left_without(run_id: UUID, brake: Brake) -> TextClause:
    """The condition that a row of `import_change` takes a place from somebody whom a brake counts.

    By the plan as a whole, whatever of it is chosen.
    """
    people = _PEOPLE.format(in_scope=_IN_SCOPE[brake.scope])
    facts = {"braked_run": run_id, "braked_kind": brake.field, "braked_value": brake.value}
    if brake.scope is Scope.SCHOOL:
        del facts["braked_value"]
    return text(f"""
        import_change.kind = 'membership' AND import_change.action = 'archive'
        AND import_change.group_id IN ({_GROUPS}) AND import_change.person_id IN ({people})
    """).bindparams(**facts)
