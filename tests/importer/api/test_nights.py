"""A night: an import that begins by itself, does what it may, and stops where it may not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.importer.app import build
from services.importer.application.begin_nights import begin_nights
from services.importer.application.continue_nights import NightRules, continue_nights
from shared.clock import AMSTERDAM, now, today
from shared.database import Database
from shared.outbox.publish import IMPORT_NIGHT_STOPPED
from shared.queue import JobQueue
from tests.fixtures.callers import Issuer
from tests.fixtures.http import serving
from tests.fixtures.servers import LocalUrls
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json
from tests.importer.rosters import BRAM, CHRIS, CHRIS_RENAMED, DAAN, RosterRecord, group, pupil
from tests.importer.running import importer_settings, worker_here
from tests.importer.source import Answer, RosterSource

HOURS = 12.0
H3A = group("h3a")
MANY = [pupil(str(at), f"P{at}", "Boer") for at in range(1, 21)]
_MAILS = text("SELECT facts FROM outbox WHERE topic = :topic AND subject_id = :school ORDER BY id")
_HOLD = text("SELECT id FROM import_night WHERE school_id = :school FOR UPDATE")
_MOVE = text("UPDATE roster_version SET version = version + 1 WHERE school_id = :school")
# As if a day had gone by.
_A_DAY_LATER = (
    "UPDATE import_night SET night = night - 1 WHERE school_id = :school",
    "UPDATE import_schedule SET next_at = now() WHERE school_id = :school",
    "UPDATE absence SET first_absent_at = now() - interval '1 day' WHERE school_id = :school",
)


class Nights:
    """A school whose window is open now; the test is the worker's clock."""

    def __init__(self, desk: Desk, served: Served, owner: Database) -> None:
        self.desk, self.owner = desk, owner
        settings = served.settings
        self.database = Database(settings.database_url, 2)
        self.queue = JobQueue(settings, "importer")
        self.lease = settings.lease_seconds
        self.rules = NightRules(settings.product, self.lease, HOURS)

    async def set(self, opened_for: int = 3, **changed: Any) -> None:
        """Let the window be open for so many hours."""
        opened = now().astimezone(AMSTERDAM) - timedelta(hours=opened_for)
        body = {
            "is_on": True,
            "opens": f"{opened:%H:%M}",
            "closes": f"{opened + timedelta(hours=5):%H:%M}",
            **changed,
        }
        to = {"If-Match": "*"}
        answer = await self.desk.client.put("/v1/import-schedule", json=body, headers=to)
        assert answer.status_code == 200, answer.text

    async def look(self) -> None:
        """What the worker does every minute."""
        await begin_nights(self.database, self.queue, self.lease, now())
        await continue_nights(self.database, self.queue, self.rules)

    async def pass_by(
        self, records: list[RosterRecord] | None = None, **schedule: Any
    ) -> tuple[Json, Json]:
        """Live through the next night with this roster; returns the night and its import."""
        if records is not None:
            self.desk.says(records)
        if await self.seen():
            await self.a_day_goes_by()
        else:
            await self.set(**schedule)
        await self.look()
        return await self.over(self.look)

    async def over(self, look: Callable[[], Awaitable[None]] | None = None) -> tuple[Json, Json]:
        """The newest night once it is over, and its import."""
        async with asyncio.timeout(30):
            while (night := (await self.seen())[0])["outcome"] is None:
                await asyncio.sleep(0.02)
                if look is not None:
                    await look()
        return night, await self.desk.look(night["import_id"])

    async def seen(self) -> list[Json]:
        answer = await self.desk.client.get("/v1/import-nights")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def a_day_goes_by(self) -> None:
        school = {"school": self.desk.school_id}
        async with self.owner.transaction() as connection:
            for statement in _A_DAY_LATER:
                await connection.execute(text(statement), school)

    async def an_hour_goes_by(self, import_id: str) -> None:
        older = text(
            "UPDATE import_run SET planned_at = planned_at - interval '61 minutes' WHERE id = :id"
        )
        async with self.owner.transaction() as connection:
            await connection.execute(older, {"id": import_id})

    async def mails(self) -> list[Json]:
        facts = {"topic": IMPORT_NIGHT_STOPPED, "school": self.desk.school_id}
        async with self.owner.transaction() as connection:
            return [dict(row[0]) for row in await connection.execute(_MAILS, facts)]


@pytest.fixture(scope="module")
async def served(
    urls: LocalUrls, issuer: Issuer, source: tuple[str, RosterSource]
) -> AsyncIterator[Served]:
    settings = importer_settings(urls, issuer, source[0], schedule_seconds=1)
    async with serving(lambda _: build(settings)) as url, worker_here(settings):
        yield Served(url, settings, source[1])


@pytest.fixture
async def nights(
    served: Served, desk_at: Callable[[Served], Awaitable[Desk]], owner: Database
) -> AsyncIterator[Nights]:
    made = Nights(await desk_at(served), served, owner)
    yield made
    await made.queue.close()
    await made.database.close()


async def test_a_night_adds_and_updates_and_archives_only_who_was_absent_twice(
    nights: Nights,
) -> None:
    night, run = await nights.pass_by([H3A, BRAM, CHRIS, DAAN], archives=True)
    assert (night["outcome"], night["note"], run["state"]) == ("applied", None, "applied")
    assert (run["requested_by"], run["approved_by"]) == ("automatic", "automatic")
    assert night["started_by"] == "automatic"
    await nights.look()
    assert len(await nights.seen()) == 1, "one a night"
    _, run = await nights.pass_by([H3A, BRAM, CHRIS_RENAMED])
    (gone,) = await nights.desk.changes(run["id"], action="archive")
    assert (gone["outcome"], gone["absent_since"] is None) == ("not_chosen", False)
    people = await nights.desk.people()
    assert (people["Chris"]["family_name"], "Daan" in people) == ("Cornelisse-Kok", True)
    # Seen again: what was counted is counted anew.
    planned = await nights.desk.plan([H3A, BRAM, CHRIS_RENAMED, DAAN])
    assert planned["summary"]["people"]["archive"] == 0
    await nights.an_hour_goes_by(planned["id"])
    for expected in ("not_chosen", "applied"):
        _, run = await nights.pass_by([BRAM, CHRIS_RENAMED])
        found = await nights.desk.changes(run["id"], action="archive")
        assert {one["kind"]: one["outcome"] for one in found} == {
            "person": expected,
            "group": "not_chosen",
        }
    assert (await nights.desk.people())["Daan"]["state"] == "archived"
    assert not await nights.mails()


async def test_a_brake_stops_a_night_and_the_plan_waits_for_somebody(nights: Nights) -> None:
    await nights.pass_by([*MANY])
    night, run = await nights.pass_by(MANY[:10])
    assert (night["outcome"], run["state"]) == ("held", "planned")
    assert "10 van de 20 leerlingen zouden worden gearchiveerd." in night["note"]
    (told,) = await nights.mails()
    assert told["why"] == [brake["detail"] for brake in run["brakes"]]
    assert (told["outcome"], told["night"]) == ("held", night["night"])
    await nights.look()
    assert len(await nights.mails()) == 1, "one mail a night"
    await nights.desk.confirm(run)
    assert (await nights.desk.apply(run, archive=True))["state"] == "applied"
    assert len(await nights.desk.people(state="active")) == 10


async def test_a_source_that_fails_ends_the_night_and_the_next_tries_again(
    nights: Nights,
) -> None:
    nights.desk.source.say(nights.desk.school_id, Answer(status=409, code="koppeling_not_active"))
    night, run = await nights.pass_by()
    assert (night["outcome"], run["state"]) == ("failed", "failed")
    assert night["note"] == run["problem_detail"]
    assert not await nights.mails(), "one night mends itself"
    await nights.pass_by()
    assert [told["outcome"] for told in await nights.mails()] == ["failed"]
    assert (await nights.pass_by([BRAM]))[0]["outcome"] == "applied"
    assert [one["outcome"] for one in await nights.seen()] == ["applied", "failed", "failed"]


async def test_on_days_of_additions_only_nothing_else_happens(nights: Nights) -> None:
    await nights.desk.bring([CHRIS, DAAN])
    day = today()
    days = {"first": str(day - timedelta(days=1)), "last": str(day), "label": "begin"}
    _, run = await nights.pass_by([BRAM, CHRIS_RENAMED], archives=True, additions_only=[days])
    done = {one["action"]: one["outcome"] for one in await nights.desk.changes(run["id"])}
    assert done == {"add": "applied", "update": "not_chosen", "archive": "not_chosen"}


async def test_a_night_goes_on_when_the_roster_moved_under_its_plan(nights: Nights) -> None:
    """Chosen but not applied: where a worker that dies between the two leaves it as well."""
    slow = nights.desk.says([BRAM, CHRIS])
    slow.stalls_after = 1
    await nights.set()
    await nights.look()
    (begun,) = await nights.seen()
    school = {"school": nights.desk.school_id}
    async with nights.owner.transaction() as connection:
        await connection.execute(_HOLD, school)
        slow.goes_on.set()
        await nights.desk.rested(begun["import_id"])
        await connection.execute(_MOVE, school)
    night, run = await nights.over(nights.look)
    assert (night["outcome"], run["state"]) == ("applied", "applied")
    assert run["replanned"]["because"] == "roster_changed"
    assert set(await nights.desk.people()) == {"Bram", "Chris"}


async def test_who_is_erased_was_never_absent(nights: Nights) -> None:
    await nights.desk.bring([BRAM, CHRIS])
    await nights.desk.plan([BRAM])
    left = text("SELECT count(*) FROM absence WHERE school_id = :school")
    school = {"school": nights.desk.school_id}
    chris = (await nights.desk.people())["Chris"]["id"]
    async with nights.owner.transaction() as connection:
        assert (await connection.execute(left, school)).scalar() == 1
    answer = await nights.desk.client.post(
        f"/v1/people/{chris}/erase",
        json={"ground": "request"},
        headers={"Idempotency-Key": "erase-chris"},
    )
    assert answer.status_code == 200, answer.text
    async with nights.owner.transaction() as connection:
        assert (await connection.execute(left, school)).scalar() == 0


async def test_several_workers_begin_one_import_and_a_busy_school_is_tried_again(
    nights: Nights,
) -> None:
    stalled = nights.desk.says([BRAM])
    stalled.stalls_after = 1
    busy = await nights.desk.begin()
    await nights.set()
    await nights.look()
    assert await nights.seen() == []
    stalled.goes_on.set()
    await nights.desk.rested(busy)
    await nights.look()
    assert await nights.seen() == [], "somebody may be reading its plan"
    await nights.an_hour_goes_by(busy)
    await asyncio.gather(*(nights.look() for _ in range(4)))
    night, run = await nights.over()
    assert (night["outcome"], run["state"]) == ("applied", "applied")
    assert [one["id"] for one in await nights.seen()] == [night["id"]]
    assert (await nights.desk.look(busy))["state"] == "cancelled", "nobody looked after it"


async def test_a_plan_in_which_somebody_chose_is_theirs(nights: Nights) -> None:
    planned = await nights.desk.plan([BRAM])
    assert (await nights.desk.choose(planned["id"], update=False)).status_code == 200
    await nights.an_hour_goes_by(planned["id"])
    await nights.set()
    await nights.look()
    assert await nights.seen() == []
    assert (await nights.desk.apply(planned))["state"] == "applied"
    await nights.look()
    assert (await nights.over(nights.look))[0]["outcome"] == "applied"


async def test_a_night_without_a_worker_is_on_record_and_dark_days_are_not(
    nights: Nights,
) -> None:
    await nights.set(opened_for=-1)
    later = now() + timedelta(hours=7)
    await begin_nights(nights.database, nights.queue, nights.lease, later)
    (missed,) = await nights.seen()
    assert (missed["outcome"], missed["import_id"]) == ("missed", None)
    assert "volgende nacht" in missed["note"]
    answer = await nights.desk.client.get("/v1/import-schedule")
    assert answer.json()["next_at"] > now().astimezone(AMSTERDAM).isoformat()
    await nights.a_day_goes_by()
    day = today()
    dark = {"first": str(day - timedelta(days=1)), "last": str(day), "label": "dicht"}
    await nights.set(blackouts=[dark])
    await nights.look()
    assert len(await nights.seen()) == 1
