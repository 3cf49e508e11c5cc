"""Hold a run while working on it, and learn at once when it was lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.run import RunState
from services.importer.store import leases
from shared.database import Database
from shared.ids import new_id
from shared.telemetry import get_logger

_BEATS_PER_LEASE = 4


class LeaseLostError(Exception):
    """Another worker has the run now, or may have it: nothing more may be committed."""


@dataclass(frozen=True)
class Lease:
    """The right to work on one run."""

    database: Database
    run_id: UUID
    school_id: UUID
    token: UUID

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of the run's school that can only commit while the lease is ours.

        Raises:
            LeaseLostError: it is not ours any more.

        """
        async with self.database.transaction(self.school_id) as connection:
            if not await leases.is_held(connection, self.run_id, self.token):
                raise LeaseLostError
            yield connection


@asynccontextmanager
async def claimed_run(
    database: Database, run_id: UUID, school_id: UUID, states: frozenset[RunState], seconds: float
) -> AsyncIterator[Lease | None]:
    """Take a run for as long as the block runs; None when there is nothing to do for us.

    A heartbeat keeps the lease alive and breaks the block off when the lease is lost. When the
    block fails, the run is handed to the sweeper at once.

    Raises:
        LeaseLostError: the lease was lost meanwhile.

    """
    lease = Lease(database, run_id, school_id, new_id())
    async with database.transaction(school_id) as connection:
        wanted = [state.value for state in states]
        ours = await leases.claim(connection, run_id, lease.token, wanted, seconds)
    if not ours:
        yield None
        return
    owner = asyncio.current_task()
    assert owner is not None  # noqa: S101 - a coroutine always runs in a task
    heart = asyncio.create_task(_beat(lease, seconds, owner))
    try:
        yield lease
    except asyncio.CancelledError as error:
        if heart.done() and not heart.cancelled() and heart.exception() is None:
            owner.uncancel()
            raise LeaseLostError from None
        await _release(lease, type(error).__name__)
        raise
    except LeaseLostError:
        raise
    except Exception as error:
        await _release(lease, type(error).__name__)
        raise
    finally:
        heart.cancel()
        with suppress(asyncio.CancelledError):
            await heart


async def _beat(lease: Lease, seconds: float, owner: asyncio.Task[object]) -> None:
    while True:
        await asyncio.sleep(seconds / _BEATS_PER_LEASE)
        try:
            async with lease.database.transaction(lease.school_id) as connection:
                held = await leases.extend(connection, lease.run_id, lease.token, seconds)
        except (SQLAlchemyError, OSError) as error:
            # The next beat may succeed; if none does, the fence in `transaction` decides.
            get_logger().warning("heartbeat_failed", error=type(error).__name__)
            continue
        if not held:
            owner.cancel()
            return


async def _release(lease: Lease, error: str) -> None:
    with suppress(SQLAlchemyError, OSError):
        async with lease.database.transaction(lease.school_id) as connection:
            await leases.release(connection, lease.run_id, lease.token, error)
