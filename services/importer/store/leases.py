"""Who works on a run: a lease with a token that fences off a worker that lost it.

Times are the database's own, so that clocks of workers need not agree.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_CLAIM = text("""
    UPDATE import_run SET lease_token = :token, claims = claims + 1, revision = revision + 1,
        last_error = NULL,
        lease_until = now() + make_interval(secs => :seconds),
        state = CASE state WHEN 'requested' THEN 'fetching' ELSE state END
    WHERE id = :run_id AND state = ANY(:states)
      AND (lease_token IS NULL OR lease_until < now())
    RETURNING id
""")
_EXTEND = text("""
    UPDATE import_run SET lease_until = now() + make_interval(secs => :seconds)
    WHERE id = :run_id AND lease_token = :token RETURNING id
""")
_LOST = text("""
    SELECT id FROM import_run WHERE id = :run_id AND lease_token IS DISTINCT FROM :token
      AND state IN ('requested', 'fetching', 'applying', 'cancelled')
""")
_HELD = text("SELECT id FROM import_run WHERE id = :run_id AND lease_token = :token FOR UPDATE")
_RELEASE = text("""
    UPDATE import_run SET lease_until = now(), last_error = :error
    WHERE id = :run_id AND lease_token = :token
""")
# Without a token the old worker is fenced off, and whoever gets the new job may claim.
_REQUEUE = text("""
    UPDATE import_run SET lease_token = NULL, attempt = attempt + 1,
        lease_until = now() + make_interval(secs => :seconds)
    WHERE id IN (
        SELECT id FROM import_run
        WHERE state IN ('requested', 'fetching', 'applying') AND lease_until < now()
        FOR UPDATE SKIP LOCKED)
    RETURNING id, school_id, state, attempt, claims
""")
_SWEEPING = text("SELECT set_config('app.sweep', 'on', true)")


@dataclass(frozen=True)
class LostRun:
    """A run that no worker holds any more."""

    id: UUID
    school_id: UUID
    state: str
    attempt: int
    claims: int


async def claim(
    connection: AsyncConnection, run_id: UUID, token: UUID, states: list[str], seconds: float
) -> bool:
    """Take a run that nobody works on; False when somebody does or nothing is to be done."""
    facts = {"run_id": run_id, "token": token, "states": states, "seconds": seconds}
    return (await connection.execute(_CLAIM, facts)).one_or_none() is not None


async def extend(connection: AsyncConnection, run_id: UUID, token: UUID, seconds: float) -> bool:
    """Keep a lease for so many seconds from now; False when somebody else has the run."""
    facts = {"run_id": run_id, "token": token, "seconds": seconds}
    if (await connection.execute(_EXTEND, facts)).one_or_none() is not None:
        return True
    # Our own last transaction gives the lease up as well, and that is no loss.
    lost = await connection.execute(_LOST, {"run_id": run_id, "token": token})
    return lost.one_or_none() is None


async def is_held(connection: AsyncConnection, run_id: UUID, token: UUID) -> bool:
    """Whether the lease is still ours; if so, nobody can take it before this transaction ends."""
    found = await connection.execute(_HELD, {"run_id": run_id, "token": token})
    return found.one_or_none() is not None


async def release(
    connection: AsyncConnection, run_id: UUID, token: UUID, error: str | None = None
) -> None:
    """Let the sweeper find the run at once; `error` is the class of what was raised."""
    facts = {"run_id": run_id, "token": token, "error": error}
    await connection.execute(_RELEASE, facts)


async def requeue_lost(connection: AsyncConnection, seconds: float) -> list[LostRun]:
    """Every school's runs whose lease ended, each marked as queued again."""
    await start_sweeping(connection)
    rows = await connection.execute(_REQUEUE, {"seconds": seconds})
    return [LostRun(**row) for row in rows.mappings()]


async def start_sweeping(connection: AsyncConnection) -> None:
    """Let this transaction see every school's rows of the tables that hold nothing personal."""
    await connection.execute(_SWEEPING)
