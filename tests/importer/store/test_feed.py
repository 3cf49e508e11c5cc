"""Whoever follows the feed misses nothing, whatever commits late."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.reading import WHOLE, RosterQuery
from services.importer.store.roster import bump_version, lock_version
from services.importer.store.roster_pages import current_version, list_roster
from shared.database import Database
from shared.ids import new_id

_ADD = text(
    "INSERT INTO person (id, school_id, role, given_name) VALUES (:id, :school, 'pupil', :name)"
)
_RENAME = text("UPDATE person SET given_name = :name WHERE school_id = :school")


@pytest.fixture
async def school(new_school: Callable[[], Awaitable[UUID]]) -> UUID:
    return await new_school()


async def _add(connection: AsyncConnection, school: UUID, name: str) -> None:
    await connection.execute(_ADD, {"id": new_id(), "school": school, "name": name})


async def _follow(database: Database, school: UUID, since: int) -> tuple[list[str], int]:
    async with database.transaction(school) as connection:
        version = await current_version(connection, school)
        query = RosterQuery(100, changed_since=since, sight=WHOLE)
        rows = await list_roster(connection, school, "people", query)
    return [row["given_name"] for row in rows], version


async def test_a_change_that_commits_after_the_look_is_told_the_next_time(
    database: Database, school: UUID
) -> None:
    async with database.transaction(school) as late:
        await lock_version(late, school)
        await _add(late, school, "Anna")
        told, version = await _follow(database, school, 0)
        assert told == []
        await bump_version(late, school)
    told, later = await _follow(database, school, version)
    assert (told, later) == (["Anna"], version + 1)
    assert await _follow(database, school, later) == ([], later)


async def test_a_writer_who_took_no_version_gets_the_next_one(
    database: Database, school: UUID
) -> None:
    async with database.transaction(school) as connection:
        await _add(connection, school, "Anna")
        await _add(connection, school, "Bram")
    told, version = await _follow(database, school, 0)
    assert (told, version) == (["Anna", "Bram"], 1)
    async with database.transaction(school) as connection:
        await connection.execute(_RENAME, {"school": school, "name": "Chris"})
    assert await _follow(database, school, version) == (["Chris", "Chris"], 2)


async def test_a_change_that_is_undone_leaves_no_gap(database: Database, school: UUID) -> None:
    connection: AsyncConnection
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(school) as connection:
            await lock_version(connection, school)
            await _add(connection, school, "Anna")
            await bump_version(connection, school)
            raise ZeroDivisionError
    async with database.transaction(school) as connection:
        assert await lock_version(connection, school) == 0
        await _add(connection, school, "Bram")
        await bump_version(connection, school)
    assert await _follow(database, school, 0) == (["Bram"], 1)
