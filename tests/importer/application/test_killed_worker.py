"""A worker that dies or sleeps anywhere changes nothing of how the import ends."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from services.importer.application.request_apply import APPLY_JOB
from services.importer.application.start_import import PREPARE_JOB
from shared.database import Database
from tests.fixtures.callers import settle
from tests.importer.conftest import Served
from tests.importer.desk import Desk
from tests.importer.dying_worker import Blow, Point, struck_down
from tests.importer.held_up import roster_of
from tests.importer.rosters import first_week, second_week
from tests.importer.running import worker_here, worker_process
from tests.importer.source import Answer

NewDesk = Callable[[], Awaitable[Desk]]


_STAGE, _COMPUTE = "application.stage_source", "application.compute_plan"
_WRITE, _APPLY = "application.write_plan", "application.apply_import"
PREPARING = {
    "run claimed": Point("before", f"{_STAGE}:remove_staged"),
    "first batch staged": Point("before", f"{_STAGE}:add_lines", nth=2),
    "all staged, the phase not moved": Point("before", f"{_STAGE}:remove_file"),
    "compare begun": Point("before", f"{_COMPUTE}:find_run"),
    "roster read and compared": Point("before", f"{_COMPUTE}:write_plan"),
    "plan written, not committed": Point("after", f"{_WRITE}:move_run"),
    "plan committed, the queue not told": Point("after", "jobs:prepare"),
}
APPLYING = {
    "apply claimed": Point("before", f"{_APPLY}:find_run"),
    "archived and changed, nobody added": Point("before", "sql:INSERT INTO person"),
    "all added and moved, the version not": Point("before", f"{_APPLY}:bump_version"),
    "applied, not committed": Point("after", f"{_APPLY}:move_run"),
    "applied and committed, the queue not told": Point("after", "jobs:apply_plan"),
}


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


async def _apply_begun(desk: Desk) -> str:
    planned = await desk.plan(second_week())
    await desk.choose(planned["id"], archive=True)
    return str(planned["id"])


CUT_OFF = (
    *("first batch staged", "plan written, not committed"),
    *("archived and changed, nobody added", "applied, not committed"),
)


@pytest.mark.parametrize(
    ("blow", "names"), [("killed", (*PREPARING, *APPLYING)), ("cut off", CUT_OFF)]
)
async def test_a_worker_struck_at_any_point_leaves_no_trace(
    served: Served, undisturbed: NewDesk, owner: Database, blow: Blow, names: tuple[str, ...]
) -> None:
    points = {name: point for name, point in {**PREPARING, **APPLYING}.items() if name in names}
    calm, schools = await undisturbed(), {name: await undisturbed() for name in points}
    applied = [name for name in points if name in APPLYING]
    async with worker_here(served.settings):
        await asyncio.gather(*(desk.bring(first_week()) for desk in [calm, *schools.values()]))
        begun = await asyncio.gather(*(_apply_begun(schools[name]) for name in applied))
        runs = dict(zip(applied, begun, strict=True))
    for name in points.keys() - applied:
        schools[name].says(second_week())
        runs[name] = await schools[name].begin()
    for name in applied:
        assert (await schools[name].verder(await schools[name].look(runs[name]))).is_success
    dying = await asyncio.gather(
        *(
            struck_down(
                served.settings, (job, runs[name], str(schools[name].school_id)), point, blow
            )
            for name, point in points.items()
            for job in (APPLY_JOB if name in APPLYING else PREPARE_JOB,)
        )
    )
    async with worker_here(served.settings):
        await calm.bring(second_week())
        await asyncio.gather(*(_applied(schools[name], runs[name]) for name in points))
        again = [desk.plan(second_week()) for desk in schools.values()]
        found = [
            await desk.changes(run["id"])
            for desk, run in zip(schools.values(), await asyncio.gather(*again), strict=True)
        ]
    for worker in dying:
        worker.process.kill()
    assert found == [[] for _ in points]
    expected = await roster_of(owner, calm.school_id)
    assert [len(part) for part in expected] == [5, 3, 7, 1]
    for name, desk in schools.items():
        assert await roster_of(owner, desk.school_id) == expected, name


async def test_an_undo_whose_worker_is_killed_takes_back_exactly_once(
    served: Served, desk: Desk
) -> None:
    async with worker_here(served.settings):
        await desk.bring(first_week())
        people = await desk.people()
        second = await desk.bring(second_week())
        answer = await desk.client.post(f"/v1/imports/{second['id']}/undo")
        planned = await desk.rested(answer.json()["id"])
        await desk.confirm(planned)
    assert (await desk.verder(planned)).is_success
    job = (APPLY_JOB, planned["id"], str(desk.school_id))
    await struck_down(served.settings, job, APPLYING["applied, not committed"], "killed")
    assert (await desk.people())["Daan"]["state"] == "active", "nothing of it was committed"
    async with worker_here(served.settings):
        await _applied(desk, planned["id"])
    now = await desk.people()
    assert now.pop("Daan")["state"] == "archived"
    assert now == people


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
