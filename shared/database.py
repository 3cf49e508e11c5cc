"""Connections to Postgres, and the one way to open a transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import Executable, Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

# is_local = true: the setting ends with the transaction, so PgBouncer may hand the session on.
# A process that hangs in mid-transaction must not hold its school's rows for as long as it lives.
_SET_SCHOOL = text("""
    SELECT set_config('app.school_id', :school_id, true),
        set_config('idle_in_transaction_session_timeout', '60s', true)
""")
_PING = text("SELECT 1")


class Database:
    """A pool of connections with the role of one service."""

    def __init__(self, url: SecretStr, pool_size: int = 10) -> None:
        """Prepare a pool; nothing connects before the first use."""
        self._engine = create_async_engine(
            url.get_secret_value(),
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        self._alone = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def transaction(self, school_id: UUID | None = None) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that commits at the end of the block, and undoes on an exception.

        With a school, row-level security lets the transaction see and write that school's rows;
        without one it sees no school's rows at all.
        """
        async with self._engine.begin() as connection:
            if school_id is not None:
                await connection.execute(_SET_SCHOOL, {"school_id": str(school_id)})
            yield connection

    async def run_alone(
        self, statement: Executable, facts: Mapping[str, Any]
    ) -> Sequence[Row[Any]]:
        """Run one statement that is a transaction of its own: one round trip, then no lock held.

        It sees no school's rows unless it names the school itself.
        """
        async with self._alone.connect() as connection:
            return (await connection.execute(statement, facts)).all()

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        async with self._engine.connect() as connection:
            await connection.execute(_PING)

    async def close(self) -> None:
        """Give every connection back."""
        await self._engine.dispose()
