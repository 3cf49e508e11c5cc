"""Apply the chosen changes of a run: a handful of statements, whatever their number.

The caller's transaction holds the roster's version, so nothing else changes the roster meanwhile.
The order is deliberate: who leaves frees a leerlingnummer before somebody else gets it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.hand_changes import HAND_FIELDS
from services.importer.store.taken_keys import keep_taken_keys
from services.importer.store.taken_numbers import skip_taken_numbers
from shared.clock import now
from shared.roster.document import GROUP_FIELDS, PERSON_FIELDS

_CHOSEN = "c.run_id = :run_id AND c.chosen AND c.outcome IS NULL"
_PERSON = f"{_CHOSEN} AND c.kind = 'person'"
_GROUP = f"{_CHOSEN} AND c.kind = 'group'"
_MEMBER = f"{_CHOSEN} AND c.kind = 'membership'"
# An archive sets values too when it takes back that somebody returned.
_SETTING = ("update", "reactivate", "archive")
_SETS = f"({', '.join(map(repr, _SETTING))})"
# Who may get a leerlingnummer without its being among the values that change.
_COMING = {("person", "add"), ("person", "reactivate")}
_PERSON_COLUMNS = ("source_key", *PERSON_FIELDS)
_GROUP_COLUMNS = ("source_key", "schooljaar", *GROUP_FIELDS)


@dataclass(frozen=True)
class _Step:
    """A statement and the changes it is for; with `keys` only those that change a unique value."""

    statement: str
    kind: str
    actions: Collection[str]
    keys: bool = False

    def is_needed(self, holds: Mapping[tuple[str, str], bool]) -> bool:
        """Whether a plan has such changes; `holds` says of each if a unique value changes."""
        found = [
            holds[self.kind, action] for action in self.actions if (self.kind, action) in holds
        ]
        return any(found) if self.keys else bool(found)


def _set(columns: tuple[str, ...]) -> str:
    """Only what `after` names changes, but for what stays as somebody changed it by hand.

    JSON null empties, an absent key does not.
    """
    return ", ".join(
        f"{name} = CASE WHEN c.after ? '{name}'{_unless_kept(name)} "
        f"THEN c.after ->> '{name}' ELSE t.{name} END"
        for name in columns
    )


def _unless_kept(name: str) -> str:
    return f" AND NOT '{name}' = ANY (c.kept)" if name in {*HAND_FIELDS, "source_key"} else ""


def _get(columns: tuple[str, ...]) -> str:
    return ", ".join(f"c.after ->> '{name}'" for name in columns)


def _archive(table: str, whose: str) -> str:
    return f"""
        UPDATE {table} t SET state = 'archived', archived_at = :now, updated_at = :now
        FROM import_change c WHERE {whose} AND c.action = 'archive' AND t.id = c.subject_id
    """  # noqa: S608 - only constants of this file


def _free(table: str, whose: str, names: tuple[str, ...]) -> str:
    """Empty the unique columns that are about to change: two rows may swap their values."""
    emptied = ", ".join(
        f"{name} = CASE WHEN c.after ? '{name}'{_unless_kept(name)} THEN NULL ELSE t.{name} END"
        for name in names
    )
    any_of = ", ".join(f"'{name}'" for name in names)
    return f"""
        UPDATE {table} t SET {emptied} FROM import_change c
        WHERE {whose} AND c.action IN {_SETS} AND t.id = c.subject_id
          AND c.after ?| ARRAY[{any_of}]
    """  # noqa: S608 - only constants of this file


def _clear(columns: tuple[str, ...]) -> str:
    """Empty what the school withdrew; who is archived stays so."""
    emptied = ", ".join(
        f"{name} = CASE WHEN c.after ? '{name}' THEN NULL ELSE t.{name} END" for name in columns
    )
    return f"""
        UPDATE person t SET {emptied}, updated_at = :now FROM import_change c
        WHERE {_PERSON} AND c.action = 'clear' AND t.id = c.subject_id
    """  # noqa: S608 - only constants of this file


def _change(table: str, whose: str, columns: tuple[str, ...], *, also: str = "") -> str:
    return f"""
        UPDATE {table} t
        SET {_set(columns)},{also} updated_at = :now,
            state = CASE WHEN c.action = 'reactivate' THEN 'active' ELSE t.state END,
            archived_at = CASE WHEN c.action = 'reactivate' THEN NULL ELSE t.archived_at END
        FROM import_change c
        WHERE {whose} AND c.action IN {_SETS} AND t.id = c.subject_id
          AND (c.action <> 'archive' OR c.after <> '{{}}')
    """  # noqa: S608 - only constants of this file


def _add(table: str, whose: str, sort: str, columns: tuple[str, ...]) -> str:
    return f"""
        INSERT INTO {table} (id, school_id, {sort}, {", ".join(columns)})
        SELECT c.subject_id, c.school_id, c.role, {_get(columns)} FROM import_change c
        WHERE {whose} AND c.action = 'add'
    """  # noqa: S608 - only constants of this file


def _end_members(column: str, whose: str) -> str:
    return f"""
        UPDATE membership m SET state = 'ended', ended_at = :now FROM import_change c
        WHERE {whose} AND c.action = 'archive' AND m.{column} = c.subject_id
          AND m.state = 'active'
    """  # noqa: S608 - only constants of this file


# What is overwritten is the source's again.
_STILL_HELD = """
    held_fields = CASE WHEN t.held_fields = '{}' THEN t.held_fields ELSE ARRAY(
        SELECT name FROM unnest(t.held_fields) AS name
        WHERE NOT c.after ? name OR name = ANY (c.kept) ORDER BY name) END,
"""
_SKIP_MEMBERS = f"""
    UPDATE import_change c SET outcome = 'skipped', outcome_reason = CASE
        WHEN p.id IS NULL THEN 'person_not_there' ELSE 'group_not_there' END
    FROM import_change own
    LEFT JOIN person p ON p.id = own.person_id AND p.state = 'active'
    LEFT JOIN roster_group g ON g.id = own.group_id AND g.state = 'active'
    WHERE own.id = c.id AND {_MEMBER} AND c.action IN ('add', 'reactivate')
      AND (p.id IS NULL OR g.id IS NULL)
"""  # noqa: S608 - only constants of this file
_MEMBERS = (
    f"""
    UPDATE membership m SET state = 'ended', ended_at = :now FROM import_change c
    WHERE {_MEMBER} AND c.action = 'archive' AND m.id = c.subject_id AND m.state = 'active'
    """,  # noqa: S608 - only constants of this file
    f"""
    UPDATE membership m SET state = 'active', ended_at = NULL FROM import_change c
    WHERE {_MEMBER} AND c.action = 'reactivate' AND m.id = c.subject_id
    """,  # noqa: S608 - only constants of this file
    f"""
    INSERT INTO membership (id, school_id, person_id, group_id, role)
    SELECT c.subject_id, c.school_id, c.person_id, c.group_id, c.role FROM import_change c
    WHERE {_MEMBER} AND c.action = 'add'
    """,  # noqa: S608 - only constants of this file
)
_NOTE_OUTCOMES = """
    UPDATE import_change c
    SET outcome = CASE WHEN c.chosen THEN 'applied' ELSE 'not_chosen' END
    WHERE c.run_id = :run_id AND c.outcome IS NULL AND c.difference IS DISTINCT FROM 'gone'
"""
_NOTE_SAID = """
    INSERT INTO source_field (school_id, role, vestiging_code, field)
    SELECT r.school_id, s ->> 0, s ->> 1, s ->> 2
    FROM import_run r, jsonb_array_elements(r.said) AS s WHERE r.id = :run_id
    ON CONFLICT DO NOTHING
"""
# Who or what was decided to be new exists now: from here on it is "this one".
_NOTE_DECIDED = """
    UPDATE match_decision d
    SET person_id = CASE c.kind WHEN 'person' THEN c.subject_id END,
        group_id = CASE c.kind WHEN 'group' THEN c.subject_id END
    FROM import_change c
    WHERE c.run_id = :run_id AND c.outcome = 'applied' AND c.action = 'add'
      AND c.source_identity = d.source_identity AND d.verdict = 'new' AND d.revoked_at IS NULL
"""
# Who was erased, and is back because somebody decided so, is known by their keys as anybody is.
_FORGET_ERASED = """
    DELETE FROM erased_key e WHERE (e.school_id, e.key_hash) IN (
        SELECT c.school_id, sha256(convert_to(found.key, 'UTF8'))
        FROM import_change c CROSS JOIN LATERAL (VALUES
            ('source_key:' || (c.after ->> 'source_key')),
            ('eck_id:' || lower(c.after ->> 'eck_id'))) AS found (key)
        WHERE c.run_id = :run_id AND c.outcome = 'applied' AND c.action = 'add'
          AND c.kind = 'person' AND c.source_identity IS NOT NULL AND found.key IS NOT NULL)
"""
_NOTES = (_NOTE_OUTCOMES, _NOTE_DECIDED, _FORGET_ERASED, _NOTE_SAID)


# Each reads the whole plan, so those that have nothing to do are not run at all.
_PEOPLE_STEPS = (
    _Step(_clear(PERSON_FIELDS), "person", {"clear"}),
    _Step(_free("person", _PERSON, ("source_key", "pupil_number")), "person", _SETTING, keys=True),
    _Step(_change("person", _PERSON, _PERSON_COLUMNS, also=_STILL_HELD), "person", _SETTING),
    _Step(_add("person", _PERSON, "role", _PERSON_COLUMNS), "person", {"add"}),
    _Step(_end_members("person_id", _PERSON), "person", {"archive"}),
)
_GROUP_STEPS = (
    _Step(_archive("roster_group", _GROUP), "group", {"archive"}),
    _Step(_free("roster_group", _GROUP, ("source_key",)), "group", _SETTING, keys=True),
    _Step(_change("roster_group", _GROUP, _GROUP_COLUMNS), "group", _SETTING),
    _Step(_add("roster_group", _GROUP, "kind", _GROUP_COLUMNS), "group", {"add"}),
    _Step(_end_members("group_id", _GROUP), "group", {"archive"}),
)
_MEMBER_STEPS = (
    _Step(_SKIP_MEMBERS, "membership", {"add", "reactivate"}),
    *(
        _Step(statement, "membership", {action})
        for statement, action in zip(_MEMBERS, ("archive", "reactivate", "add"), strict=True)
    ),
)
_HOLDS = text(f"""
    SELECT c.kind, c.action,
        bool_or(c.action <> 'add' AND c.after ?| ARRAY['source_key', 'pupil_number'])
    FROM import_change c WHERE {_CHOSEN} GROUP BY c.kind, c.action
""")  # noqa: S608 - only constants of this file


async def apply_chosen(
    connection: AsyncConnection, run_id: UUID, moment: datetime | None = None
) -> None:
    """Change the roster as chosen, at a moment, and note what became of every change."""
    facts = {"run_id": run_id, "now": moment or now()}
    rows = await connection.execute(_HOLDS, {"run_id": run_id})
    holds = {(kind, action): keys for kind, action, keys in rows}
    if ("person", "archive") in holds:
        await _run(connection, facts, _archive("person", _PERSON))
    if holds.keys() & _COMING or holds.get(("person", "update")):
        await skip_taken_numbers(connection, run_id)
    if any(holds.values()):
        await keep_taken_keys(connection, run_id)
    steps = (*_PEOPLE_STEPS, *_GROUP_STEPS, *_MEMBER_STEPS)
    needed = [step.statement for step in steps if step.is_needed(holds)]
    await _run(connection, facts, *needed, *_NOTES)


async def _run(connection: AsyncConnection, facts: dict[str, Any], *statements: str) -> None:
    for statement in statements:
        await connection.execute(text(statement), facts if ":now" in statement else _only(facts))


def _only(facts: dict[str, Any]) -> dict[str, Any]:
    return {"run_id": facts["run_id"]}
