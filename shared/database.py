"""Connections to Postgres, and the one way to open a transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from shared.direct import DirectPool
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.tables import lacks_its_school

# is_local = true: the setting ends with the transaction, so PgBouncer may hand the session on.
# A process that hangs in mid-transaction must not hold its school's rows for as long as it lives.
_SET_SCHOOL = text("""
    SELECT set_config('app.school_id', :school_id, true),
        set_config('idle_in_transaction_session_timeout', '60s', true)
""")
_PING = text("SELECT 1")


class Database:
    """Connections with one service's role; `pool_size` for transactions, as many for statements."""

    def __init__(self, url: SecretStr, pool_size: int = 10) -> None:
        """Prepare a pool; nothing connects before the first use."""
        self._engine = create_async_engine(
            url.get_secret_value(),
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        plain = url.get_secret_value().replace("postgresql+psycopg://", "postgresql://", 1)
        self._direct = DirectPool(plain, pool_size)

    @asynccontextmanager
    async def transaction(self, school_id: UUID | None = None) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that commits at the end of the block, and undoes on an exception.

        With a school, row-level security lets the transaction see and write that school's rows;
        without one it sees no school's rows at all.

        Raises:
            Refusal: not_found, when a row is written for a school that does not exist: an API key
                may name any.

        """
        try:
            async with self._engine.begin() as connection:
                if school_id is not None:
                    await connection.execute(_SET_SCHOOL, {"school_id": str(school_id)})
                yield connection
        except IntegrityError as error:
            if lacks_its_school(error):
                raise Refusal(ErrorCode.NOT_FOUND) from None
            raise

    async def run_alone(
        self, statement: LiteralString, values: Sequence[object]
    ) -> list[tuple[Any, ...]]:
        """Run one statement that is a transaction of its own, as shared.direct has it.

        It sees no school's rows unless it names the school itself.
        """
        return await self._direct.run(statement, values)

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        async with self._engine.connect() as connection:
            await connection.execute(_PING)

    async def close(self) -> None:
        """Give every connection back."""
        await self._direct.close()
        await self._engine.dispose()
