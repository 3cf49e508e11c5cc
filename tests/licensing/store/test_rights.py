"""What the role of licensing may not do, whatever its code would try."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from shared.database import Database
from shared.ids import new_id
from tests.licensing.conftest import School

Make = Callable[[int], Awaitable[School]]
TABLES = (
    *("license_pool", "license", "license_entry", "license_posting"),
    *("license_answer", "license_use"),
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE license_entry SET amount = 100",
        "DELETE FROM license_entry",
        "DELETE FROM license_use",
        "UPDATE license_use SET license_used_now = false",
        "DELETE FROM license",
        "DELETE FROM license_answer",
        "UPDATE license_answer SET licenses_left = 0",
        "UPDATE license SET used_at = now()",
        "SELECT * FROM license_use_2026_12",
        "CREATE TABLE mine (id integer)",
        "UPDATE license_pool SET school_id = gen_random_uuid()",
        "SELECT given_name FROM person",
        "SELECT * FROM import_run",
        "SELECT * FROM koppeling",
        "SELECT * FROM api_key",
    ],
)
async def test_the_database_refuses(licensing: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with licensing.transaction(new_id()) as connection:
            await connection.execute(text(statement))


async def test_a_school_sees_its_own_rows_only(licensing: Database, school_with: Make) -> None:
    mine, other = await school_with(2), await school_with(2)
    for school in (mine, other):
        assert (await school.start(await school.person())).status_code == 201
    for table in TABLES:
        async with licensing.transaction(mine.id) as connection:
            seen = await connection.execute(text(f"SELECT DISTINCT school_id FROM {table}"))
            assert set(seen.scalars()) == {mine.id}, table
        async with licensing.transaction() as connection:
            assert not (await connection.execute(text(f"SELECT 1 FROM {table}"))).all(), table


async def test_rows_of_another_school_cannot_be_written(
    licensing: Database, school_with: Make
) -> None:
    mine, other = await school_with(1), await school_with(1)
    insert = text("""
        INSERT INTO license_pool (id, school_id, license_product, schooljaar)
        VALUES (gen_random_uuid(), :school, 'rekenen', '1999-2000')
    """)
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with licensing.transaction(mine.id) as connection:
            await connection.execute(insert, {"school": other.id})


async def test_a_pool_cannot_be_oversold_by_any_statement(
    licensing: Database, school_with: Make
) -> None:
    school = await school_with(3)
    with pytest.raises(IntegrityError, match="never_oversold"):
        async with licensing.transaction(school.id) as connection:
            await connection.execute(text("UPDATE license_pool SET used = granted + 1"))
