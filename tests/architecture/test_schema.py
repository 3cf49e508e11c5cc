"""The schema: what the code says and what the migrations make are one, up and down."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from deploy.local.database import DatabaseUrls, scratch_database
from shared.auth.api_keys import owner_database
from shared.database import Database
from tests.fixtures.servers import LocalUrls, run_alembic


@pytest.fixture
def empty(urls: LocalUrls) -> Iterator[DatabaseUrls]:
    with scratch_database(urls.admin, name_prefix="schema") as made:
        yield made


async def _tables(database_url: str) -> list[str]:
    database = owner_database(database_url)
    statement = text(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' "
        "AND table_name <> 'alembic_version'"
    )
    try:
        async with database.transaction() as connection:
            return sorted((await connection.execute(statement)).scalars())
    finally:
        await database.close()


async def test_up_down_up_and_nothing_differs(empty: DatabaseUrls) -> None:
    for step in (("upgrade", "head"), ("downgrade", "base")):
        assert (done := run_alembic(empty.owner, *step)).returncode == 0, done.stderr
    assert await _tables(empty.owner) == []
    for step in (("upgrade", "head"), ("check",)):
        assert (done := run_alembic(empty.owner, *step)).returncode == 0, done.stderr + done.stdout
    assert "outbox" in await _tables(empty.owner)


async def test_every_table_of_a_school_guards_its_rows(owner: Database) -> None:
    statement = text("""
        SELECT c.relname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'school_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname NOT IN ('koppeling', 'vestiging')
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    """)
    async with owner.transaction() as connection:
        assert list((await connection.execute(statement)).scalars()) == []


async def test_every_table_says_why_it_exists(owner: Database) -> None:
    statement = text("""
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition AND c.relname <> 'alembic_version'
          AND obj_description(c.oid) IS NULL
    """)
    async with owner.transaction() as connection:
        assert list((await connection.execute(statement)).scalars()) == []


def test_migrating_without_a_database_names_the_setting() -> None:
    done = run_alembic("mysql://nothing", "current")
    assert done.returncode != 0
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
