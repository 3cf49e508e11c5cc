"""Hold a worker up at a row, and look at a school's whole roster."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import Database
from tests.fixtures.callers import settle

_HELD_UP = text("""
    SELECT EXISTS (SELECT FROM pg_locks
        WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))
""")
_NEXT_IN_LINE = text("""
    SELECT EXISTS (SELECT FROM pg_locks first JOIN pg_locks next
        ON first.pid = ANY(pg_blocking_pids(next.pid))
        WHERE NOT first.granted AND NOT next.granted
          AND pg_backend_pid() = ANY(pg_blocking_pids(first.pid)))
""")
_ROSTER = (
    """SELECT source_key, role, state, pupil_number, employee_code, given_name, family_name,
        email FROM person WHERE school_id = :school""",
    """SELECT source_key, kind, state, name, schooljaar FROM roster_group
        WHERE school_id = :school""",
    """SELECT p.source_key, g.source_key, m.role, m.state FROM membership m
        JOIN person p ON p.id = m.person_id JOIN roster_group g ON g.id = m.group_id
        WHERE m.school_id = :school""",
    "SELECT version::text FROM roster_version WHERE school_id = :school",
)


@asynccontextmanager
async def holding(
    holder: Database, school_id: UUID, table: str, where: str = "school_id = :school"
) -> AsyncIterator[AsyncConnection]:
    """Lock rows for as long as the block runs."""
    async with holder.transaction(school_id) as connection:
        lock = text(f"SELECT FROM {table} WHERE {where} FOR UPDATE")
        assert (await connection.execute(lock, {"school": school_id})).rowcount > 0
        yield connection


async def held_up(connection: AsyncConnection) -> None:
    """Wait until somebody waits for what this connection has locked."""

    async def waits() -> bool:
        return bool((await connection.execute(_HELD_UP)).scalar())

    await settle(waits)


async def next_in_line(connection: AsyncConnection) -> None:
    """Wait until somebody waits for who waits for this connection."""

    async def waits() -> bool:
        return bool((await connection.execute(_NEXT_IN_LINE)).scalar())

    await settle(waits)


async def roster_of(owner: Database, school_id: UUID) -> list[list[Any]]:
    """All that Numo knows of a school, without the ids that differ from school to school."""
    async with owner.transaction(school_id) as connection:
        school = {"school": school_id}
        found = [await connection.execute(text(statement), school) for statement in _ROSTER]
        return [sorted(map(str, rows)) for rows in found]
