"""Put many rows into a table at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection


async def copy_rows(
    connection: AsyncConnection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """COPY rows into a table; JSON values are given as text.

    COPY does not write to a table with row-level security (PostgreSQL manual, COPY, Notes), so
    the rows pass through a temporary table that ends with the transaction.
    """
    names = ", ".join(columns)
    incoming = f"incoming_{table.name}"
    # Names come from the catalogue of tables, never from a caller's request.
    await connection.execute(
        text(
            f"CREATE TEMP TABLE {incoming} ON COMMIT DROP AS "  # noqa: S608
            f"SELECT {names} FROM {table.name} WITH NO DATA"
        )
    )
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    async with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {incoming} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            await copy.write_row(row)
    await connection.execute(
        text(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {incoming}")  # noqa: S608
    )
    await connection.execute(text(f"DROP TABLE {incoming}"))
