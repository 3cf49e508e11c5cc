"""What Numo holds of a school, in Somtoday's own ids, read past every API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from deploy.demo.steps import Play

Member = tuple[str, str, str]
_MEMBERS = """
    SELECT p.source_key, g.source_key, m.role, m.state FROM membership m
    JOIN person p ON p.id = m.person_id JOIN roster_group g ON g.id = m.group_id
"""
_CHANGES = """
    SELECT c.kind, c.action, c.role, c.outcome, c.before, c.after,
        p.source_key AS person, g.source_key AS group
    FROM import_change c
    LEFT JOIN person p ON p.id = coalesce(c.person_id, c.subject_id)
    LEFT JOIN roster_group g ON g.id = coalesce(c.group_id, c.subject_id)
    WHERE c.run_id = %s
"""


@dataclass
class Known:
    """People and groups by Somtoday's uuid; memberships that run and that ended."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: set[Member] = field(default_factory=set)
    ended: set[Member] = field(default_factory=set)

    def active(self, role: str) -> set[str]:
        """Who of a role is active."""
        return {
            key
            for key, person in self.people.items()
            if person["state"] == "active" and person["role"] == role
        }


def known_roster(play: Play) -> Known:
    """The school's roster as it is stored now."""
    known = Known()
    with _rows(play) as rows:
        known.people = {row["source_key"]: row for row in rows("SELECT * FROM person")}
        known.groups = {row["source_key"]: row for row in rows("SELECT * FROM roster_group")}
    with _tuples(play) as tuples:
        for person, group, role, state in tuples(_MEMBERS):
            (known.members if state == "active" else known.ended).add((person, group, role))
    return known


def content(play: Play) -> tuple[set[Any], set[Any], set[Member]]:
    """What the roster says, without our own ids and times: equal for equal rosters."""
    known = known_roster(play)
    left_out = {"id", "school_id", "created_at", "updated_at", "archived_at"}
    people, groups = (
        {
            tuple((name, str(value)) for name, value in row.items() if name not in left_out)
            for row in rows.values()
        }
        for rows in (known.people, known.groups)
    )
    return people, groups, known.members


def recorded_changes(play: Play, run_id: str) -> list[dict[str, Any]]:
    """Every change of an import as the importer stored it, with Somtoday's ids."""
    with _rows(play) as rows:
        return list(rows(_CHANGES, [UUID(run_id)]))


@contextmanager
def _rows(play: Play) -> Iterator[Any]:
    with _school(play) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        yield cursor.execute


@contextmanager
def _tuples(play: Play) -> Iterator[Any]:
    with _school(play) as connection:
        yield connection.execute


@contextmanager
def _school(play: Play) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(play.peers.environment.databases.owner) as connection:
        school = str(play.school_id)
        connection.execute("SELECT set_config('app.school_id', %s, true)", [school])
        # A superuser's row-level security is off: then the rows are told apart by hand.
        for table in ("person", "roster_group", "membership"):
            connection.execute(
                f"CREATE TEMP VIEW {table} AS SELECT * FROM public.{table} "
                f"WHERE school_id = '{play.school_id}'"
            )
        yield connection
        connection.rollback()
