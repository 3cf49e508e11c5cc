"""Nothing new in Somtoday ends an import at once, only where nothing else can have changed."""

import pytest
from sqlalchemy import text

from services.importer.domain.decisions import Decision, Verdict
from services.importer.domain.ground import RULES, ground_of
from shared.database import Database
from tests.fixtures.servers import ROOT
from tests.importer.desk import Desk, Json
from tests.importer.rosters import (
    ANNA,
    BRAM,
    CHRIS,
    CHRIS_RENAMED,
    RosterRecord,
    document,
    first_week,
    second_week,
)
from tests.importer.source import Answer

_EARLIER = text("UPDATE import_run SET {} WHERE school_id = :id")


async def _again(desk: Desk, records: list[RosterRecord], **other: str) -> tuple[Json, bool]:
    """The next import, and whether it ended without reading the source."""
    answer = Answer(document(records, **other), compares=True)  # type: ignore[arg-type]
    desk.source.say(desk.school_id, answer)
    before = desk.source.unread.count(str(desk.school_id))
    run = await desk.rested(await desk.begin())
    assert run["state"] == "planned", run
    return run, desk.source.unread.count(str(desk.school_id)) > before


async def test_the_same_roster_is_not_read_again_night_after_night(desk: Desk) -> None:
    await desk.bring(first_week())
    for night in range(3):
        run, unread = await _again(desk, first_week())
        assert unread, night
        assert run["problem_count"] == 0
        assert await desk.changes(run["id"]) == []
        if night == 1:
            assert (await desk.apply(run))["state"] == "applied"
    run, unread = await _again(desk, second_week())
    assert (unread, len(await desk.changes(run["id"]))) == (False, 6)


async def test_a_plan_made_anew_is_made_from_the_source(desk: Desk) -> None:
    await desk.bring(first_week())
    run, unread = await _again(desk, first_week())
    assert unread
    asked = desk.source.unread.count(str(desk.school_id))
    assert (await desk.client.post(f"/v1/imports/{run['id']}/replan")).status_code == 202
    assert (await desk.rested(run["id"]))["state"] == "planned"
    assert desk.source.unread.count(str(desk.school_id)) == asked


async def test_what_was_left_out_is_offered_again(desk: Desk) -> None:
    await desk.bring([ANNA, BRAM, CHRIS])
    planned = await desk.plan([ANNA, CHRIS_RENAMED])
    assert (await desk.apply(planned, archive=False))["state"] == "applied"
    run, unread = await _again(desk, [ANNA, CHRIS_RENAMED])
    assert not unread
    assert [one["action"] for one in await desk.changes(run["id"])] == ["archive"]


async def test_another_schooljaar_is_another_roster(desk: Desk) -> None:
    await desk.bring(first_week())
    _, unread = await _again(desk, first_week(), schooljaar="2027-2028")
    assert not unread


@pytest.mark.parametrize(
    "change",
    [
        "source_ground = 'another release'",
        "problem_count = 1",
        "roster_version = roster_version - 1",
        "planned_at = planned_at - interval '15 days'",
        "source_content = NULL",
    ],
)
async def test_where_anything_may_differ_the_source_is_read(
    desk: Desk, owner: Database, change: str
) -> None:
    await desk.bring([ANNA])
    async with owner.transaction(desk.school_id) as connection:
        await connection.execute(text(_EARLIER.text.format(change)), {"id": desk.school_id})
    _, unread = await _again(desk, [ANNA])
    assert not unread


def test_another_release_is_another_ground_unless_only_its_front_doors_differ() -> None:
    """A new folder of the importer is to be thought of here, too."""
    found = {path.parent for path in (ROOT / "services/importer").glob("*/__init__.py")}
    assert found - {ROOT / folder for folder in RULES} == {ROOT / "services/importer/api"}


def test_a_decision_made_or_taken_back_is_another_ground() -> None:
    one = {"pupil:number:1": Decision(Verdict.LEAVE)}
    grounds = {ground_of({}), ground_of(one), ground_of({"pupil:number:1": Decision(Verdict.NEW)})}
    assert len(grounds) == 3
    assert ground_of(dict(one)) in grounds
