"""Statements that are a transaction of their own, over connections that do nothing else.

A transaction by SQLAlchemy costs several round trips: a look whether the connection lives, BEGIN,
the school, the statement, COMMIT. Where one statement holds the whole rule it goes alone: one round
trip, and no lock is held across one.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import AsyncConnection, DatabaseError, OperationalError

_CONNECT_SECONDS = 5
# Somebody waits for the answer; whoever may try again later is told so.
_WAIT_SECONDS = 10.0


class _BrokenError(OperationalError):
    """The connection is gone, and whatever was under way on it with it."""


class DirectPool:
    """A few connections in autocommit mode; each is opened when it is first needed."""

    def __init__(self, url: str, size: int) -> None:
        """Take a libpq URL; nothing connects yet."""
        self._url = url
        self._free = asyncio.Semaphore(size)
        self._idle: list[AsyncConnection[tuple[Any, ...]]] = []

    async def run(
        self, statement: LiteralString, values: Sequence[object]
    ) -> list[tuple[Any, ...]]:
        """Run one statement and commit it; returns its rows.

        The statement must bear being run twice: a connection that broke while it was idle is found
        out by using it, and what was sent over it is sent again over a new one.

        Raises:
            psycopg.Error: what the database says; OperationalError when it is away, or when every
                connection was busy for ten seconds.

        """
        try:
            await asyncio.wait_for(self._free.acquire(), _WAIT_SECONDS)
        except TimeoutError:
            msg = "every connection was busy"
            raise OperationalError(msg) from None
        try:
            return await self._run(statement, values)
        finally:
            self._free.release()

    async def _run(
        self, statement: LiteralString, values: Sequence[object]
    ) -> list[tuple[Any, ...]]:
        while self._idle:
            connection = self._idle.pop()
            try:
                return await self._use(connection, statement, values)
            except _BrokenError:
                continue
        return await self._use(await self._open(), statement, values)

    async def _use(
        self,
        connection: AsyncConnection[tuple[Any, ...]],
        statement: LiteralString,
        values: Sequence[object],
    ) -> list[tuple[Any, ...]]:
        try:
            cursor = await connection.execute(statement, values)
            rows = await cursor.fetchall()
        except DatabaseError as error:
            # What the database refuses leaves a connection that is as good as before.
            if not connection.broken and not isinstance(error, OperationalError):
                self._idle.append(connection)
            else:
                was_broken = connection.broken
                await connection.close()
                if was_broken:
                    raise _BrokenError from error
            raise
        except BaseException:
            # The caller went away in the middle of an answer.
            await connection.close()
            raise
        self._idle.append(connection)
        return rows

    async def _open(self) -> AsyncConnection[tuple[Any, ...]]:
        return await AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS
        )

    async def close(self) -> None:
        """Close every connection."""
        while self._idle:
            await self._idle.pop().close()
