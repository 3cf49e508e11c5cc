"""A school's nights, with the test for the worker's clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.begin_nights import BeginRules, begin_nights
from services.importer.application.continue_nights import NightRules, continue_nights
from shared.clock import AMSTERDAM, now
from shared.database import Database
from shared.outbox.publish import IMPORT_NIGHT_STOPPED
from shared.queue import JobQueue
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json
from tests.importer.rosters import RosterRecord
from tests.importer.source import Answer

_HOURS = 12.0
_MAILS = text("SELECT facts FROM outbox WHERE topic = :topic AND subject_id = :school ORDER BY id")
_HOLD = text("SELECT id FROM import_night WHERE school_id = :school FOR UPDATE")
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
        self.begin = BeginRules(settings.lease_seconds, timedelta(days=1))
        self.rules = NightRules(settings.product, settings.lease_seconds, _HOURS)

    async def close(self) -> None:
        """Let go of its connections."""
        await self.queue.close()
        await self.database.close()

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

    async def look(self, later: timedelta = timedelta()) -> None:
        """What the worker does every minute."""
        await begin_nights(self.database, self.queue, self.begin, now() + later)
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

    async def waited(self, import_id: str, hours: float = 1.1) -> None:
        """As if a plan had been left alone for so long."""
        older = text("""
            UPDATE import_run SET planned_at = planned_at - make_interval(secs => :seconds),
                touched_at = touched_at - make_interval(secs => :seconds) WHERE id = :id
        """)
        async with self.owner.transaction() as connection:
            await connection.execute(older, {"id": import_id, "seconds": hours * 3600})

    @asynccontextmanager
    async def held_up(self, slow: Answer) -> AsyncIterator[tuple[str, AsyncConnection]]:
        """Begin a night and hold it up: its plan is there, and nobody took it on yet."""
        slow.stalls_after = 1
        await self.set()
        await self.look()
        (begun,) = await self.seen()
        async with self.owner.transaction() as connection:
            await connection.execute(_HOLD, {"school": self.desk.school_id})
            slow.goes_on.set()
            await self.desk.rested(begun["import_id"])
            yield begun["import_id"], connection

    async def mails(self) -> list[Json]:
        facts = {"topic": IMPORT_NIGHT_STOPPED, "school": self.desk.school_id}
        async with self.owner.transaction() as connection:
            return [dict(row[0]) for row in await connection.execute(_MAILS, facts)]
