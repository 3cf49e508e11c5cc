"""A worker that dies or sleeps anywhere changes nothing of how the import ends."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared.database import Database
from tests.fixtures.callers import settle
from tests.importer.conftest import Served
from tests.importer.desk import Desk
from tests.importer.held_up import held_up, holding, roster_of
from tests.importer.rosters import first_week, second_week
from tests.importer.running import worker_here, worker_process
from tests.importer.source import Answer

_CHRIS = "school_id = :school AND given_name = 'Chris'"
NewDesk = Callable[[], Awaitable[Desk]]


async def _stalled(desk: Desk, after: int) -> tuple[str, Answer]:
    """Begin an import whose source stops to speak; returns once a batch is staged."""
    answer = desk.says(second_week())
    answer.stalls_after = after
    run_id = await desk.begin()

    async def staged() -> bool:
        return bool((await desk.look(run_id))["progress"]["done"])

    await settle(staged)
    return run_id, answer


async def _applied(desk: Desk, run_id: str) -> None:
    run = await desk.rested(run_id)
    if run["state"] == "planned":
        run = await desk.apply(run, archive=True)
    assert run["state"] == "applied", run


async def test_a_worker_killed_in_fetch_diff_plan_or_apply_leaves_no_trace(
    served: Served, undisturbed: NewDesk, holder: Database, owner: Database, tmp_path: Path
) -> None:
    fetching, comparing, writing, applying, calm = [await undisturbed() for _ in range(5)]
    schools = [fetching, comparing, writing, applying]
    async with AsyncExitStack() as locks:
        with worker_process(served.settings, tmp_path / "first.log") as first:
            await calm.bring(first_week())
            await asyncio.gather(*(desk.bring(first_week()) for desk in schools))
            runs = [
                (await _stalled(fetching, 9))[0],
                await _held_up_in_comparing(comparing, holder, locks),
                await _held_up_in_writing(writing, holder, locks),
                await _held_up_in_applying(applying, holder, locks),
            ]
            first.kill()
            first.wait()
        states = [(await desk.look(run))["state"] for desk, run in zip(schools, runs, strict=True)]
        assert states == ["fetching", "fetching", "fetching", "applying"]
    fetching.says(second_week())
    with worker_process(served.settings, tmp_path / "second.log"):
        ends = [_applied(desk, run_id) for desk, run_id in zip(schools, runs, strict=True)]
        await asyncio.gather(*ends)
        await calm.bring(second_week())
    expected = await roster_of(owner, calm.school_id)
    assert [len(part) for part in expected] == [5, 3, 7, 1]
    for desk in schools:
        assert await roster_of(owner, desk.school_id) == expected


async def _held_up_in_comparing(desk: Desk, holder: Database, locks: AsyncExitStack) -> str:
    """Hold the worker up when everything is staged and it reads the roster."""
    version = holding(holder, desk.school_id, "roster_version")
    locked = await locks.enter_async_context(version)
    desk.says(second_week())
    run_id = await desk.begin()
    await held_up(locked)
    return run_id


async def _held_up_in_applying(desk: Desk, holder: Database, locks: AsyncExitStack) -> str:
    """Hold the worker up at a person that it is about to change."""
    planned = await desk.plan(second_week())
    await desk.choose(planned["id"], archive=True)
    chris = holding(holder, desk.school_id, "person", _CHRIS)
    locked = await locks.enter_async_context(chris)
    await desk.verder(planned)
    await held_up(locked)
    return str(planned["id"])


async def _held_up_in_writing(desk: Desk, holder: Database, locks: AsyncExitStack) -> str:
    """Hold the worker up when the changes are in the table, but not committed."""
    async with holding(holder, desk.school_id, "roster_version") as at_reading:
        desk.says(second_week())
        run_id = await desk.begin()
        await held_up(at_reading)
        # Every change refers to its school: their INSERT waits for this at its very end.
        school = holding(holder, desk.school_id, "school", "id = :school")
        at_writing = await locks.enter_async_context(school)
    await held_up(at_writing)
    return run_id


async def test_a_worker_that_slept_through_its_lease_cannot_write(
    served: Served, desk: Desk, undisturbed: NewDesk, owner: Database, tmp_path: Path
) -> None:
    log = tmp_path / "sleeper.log"
    with worker_process(served.settings, log) as sleeper:
        run_id, answer = await _stalled(desk, 9)
        await _put_to_sleep(sleeper.send_signal, owner, desk, run_id)
        desk.says(second_week())
        async with worker_here(served.settings):
            planned = await desk.rested(run_id)
            assert planned["state"] == "planned"
            answer.goes_on.set()
            sleeper.send_signal(signal.SIGCONT)

            async def noticed() -> bool:
                return b"lease_lost" in log.read_bytes()

            await settle(noticed)
            assert await desk.look(run_id) == planned
            sleeper.kill()
            await _applied(desk, run_id)
            calm = await undisturbed()
            await calm.bring(second_week())
    assert await roster_of(owner, desk.school_id) == await roster_of(owner, calm.school_id)


async def _put_to_sleep(
    send: Callable[[signal.Signals], None], owner: Database, desk: Desk, run_id: str
) -> None:
    """Stop a worker while it is not in the middle of a transaction on its run."""
    free = text("SELECT FROM import_run WHERE id = CAST(:id AS uuid) FOR UPDATE NOWAIT")
    while True:
        send(signal.SIGSTOP)
        try:
            async with owner.transaction(desk.school_id) as connection:
                await connection.execute(free, {"id": run_id})
        except OperationalError:
            send(signal.SIGCONT)
        else:
            return
