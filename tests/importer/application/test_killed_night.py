"""A worker killed anywhere in a night: the night ends once, applies once and mails once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest

from services.importer.application.apply_import import apply_import
from services.importer.application.prepare_import import prepare_import
from services.importer.application.stage_source import StagingRules
from services.importer.sources.connector import ConnectorSource
from shared.database import Database
from tests.importer.conftest import Served
from tests.importer.desk import Desk
from tests.importer.dying_worker import Point, struck_down
from tests.importer.nights import Nights
from tests.importer.rosters import BRAM, CHRIS, pupil
from tests.importer.running import KEY, worker_here

MANY = [pupil(str(at), f"P{at}", "Boer") for at in range(1, 21)]
_BEGIN, _GO_ON = "application.begin_nights", "application.continue_nights"


@pytest.fixture
async def nights(
    served: Served, desk_at: Callable[[Served], Awaitable[Desk]], owner: Database
) -> AsyncIterator[Nights]:
    made = Nights(await desk_at(served), served, owner)
    yield made
    await made.close()


async def _killed(served: Served, *points: Point) -> None:
    for point in points:
        await struck_down(served.settings, ("schedule",), point, "killed")


async def _prepared(nights: Nights, served: Served) -> str:
    """Let the night's import, of which the queue never heard, come to a plan."""
    (night,) = await nights.seen()
    source = ConnectorSource(served.settings.connector_url, KEY)
    ids = UUID(night["import_id"]), nights.desk.school_id
    rules = StagingRules(60.0, 100, nights.begin.left_after)
    await prepare_import(nights.database, source, rules, *ids)
    await source.close()
    return str(night["import_id"])


async def test_a_night_whose_workers_are_killed_adds_once(served: Served, nights: Nights) -> None:
    nights.desk.says([BRAM, CHRIS])
    await nights.set()
    await _killed(served, Point("after", f"{_BEGIN}:save_look"))
    assert await nights.seen() == [], "nothing of it was committed"
    await _killed(served, Point("before", f"{_BEGIN}:queue_run"))
    import_id = await _prepared(nights, served)
    await _killed(served, Point("before", f"{_GO_ON}:request_apply"))
    assert (await nights.desk.look(import_id))["state"] == "planned"
    await nights.look()
    await apply_import(
        *(nights.database, nights.queue, 60.0, UUID(import_id), nights.desk.school_id)
    )
    await _killed(served, Point("after", f"{_GO_ON}:end_night"))
    await nights.look()
    (night,) = await nights.seen()
    assert (night["outcome"], night["import_id"]) == ("applied", import_id)
    assert set(await nights.desk.people()) == {"Bram", "Chris"}
    runs = (await nights.desk.client.get("/v1/imports")).json()["items"]
    assert [run["state"] for run in runs] == ["applied"]


async def test_a_night_at_a_brake_whose_workers_are_killed_mails_once(
    served: Served, nights: Nights
) -> None:
    async with worker_here(served.settings):
        await nights.desk.bring([*MANY])
    nights.desk.says(MANY[:10])
    await nights.set()
    await _killed(served, Point("before", f"{_BEGIN}:queue_run"))
    await _prepared(nights, served)
    noting = Point("before", f"{_GO_ON}:publish"), Point("after", f"{_GO_ON}:publish")
    await _killed(served, *noting)
    assert await nights.mails() == [], "nothing of it was committed"
    await nights.look()
    await _killed(served, Point("after", "jobs:continue_nights"))
    (night,) = await nights.seen()
    assert night["outcome"] == "held"
    assert len(await nights.mails()) == 1
    assert len(await nights.desk.people(state="active")) == 20
