"""The end of a koppeling: what was not applied is thrown away, and nobody is archived."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from services.importer.domain.koppeling_end import Ending, OpenQuestion
from services.importer.jobs import PARTS, WorkerParts, drain_outbox
from services.importer.sources.connector import ConnectorSource
from services.importer.store.koppeling_ends import find_question
from shared.clock import AMSTERDAM, now
from shared.database import Database
from shared.ids import new_id
from shared.outbox.publish import KOPPELING_MOVED, publish
from shared.queue import JobQueue
from tests.fixtures.callers import settle
from tests.fixtures.servers import LocalUrls
from tests.importer.conftest import Served
from tests.importer.desk import Desk
from tests.importer.rosters import ANNA, BRAM, document
from tests.importer.running import worker_here
from tests.importer.source import Answer

AT = now()
OTHER_PRODUCT = text("""
    INSERT INTO product (code, name, somtoday_client_id, somtoday_client_secret,
        required_datavelden, optional_datavelden)
    VALUES ('ander', 'Ander', 'x', '', '{}', '{}') ON CONFLICT DO NOTHING
""")
OPEN = text("""
    SELECT count(*) FROM outbox WHERE service = 'importer' AND facts ->> 'school_id' = :school
      AND done_at IS NULL
""")


class Connector:
    """The connector's side of the outbox, and the importer's job that hears it."""

    def __init__(self, database: Database, owner: Database, ctx: dict[str, Any]) -> None:
        self._database = database
        self._owner = owner
        self._ctx = ctx

    async def says(self, school: UUID, to: str, position: int, product: str = "numo") -> None:
        facts = {
            "school_id": str(school),
            "product": product,
            "to": to,
            "at": (AT + timedelta(days=position)).isoformat(),
            "position": position,
        }
        async with self._database.transaction() as connection:
            await publish(connection, "connector", KOPPELING_MOVED, new_id(), facts)

    async def is_heard(self, school: UUID) -> None:
        await drain_outbox(self._ctx)
        # A worker that is up may have been first.
        await settle(lambda: self._nothing_is_open(school))

    async def _nothing_is_open(self, school: UUID) -> bool:
        async with self._owner.transaction() as connection:
            return not (await connection.execute(OPEN, {"school": str(school)})).scalar_one()


@pytest.fixture(scope="module")
async def database(served: Served) -> AsyncIterator[Database]:
    made = Database(served.settings.database_url, 4)
    yield made
    await made.close()


@pytest.fixture(scope="module")
async def connector(
    urls: LocalUrls, served: Served, database: Database, owner: Database
) -> AsyncIterator[Connector]:
    scheme, _, rest = urls.connector.partition("://")
    theirs = Database(SecretStr(f"{scheme}+psycopg://{rest}"), 2)
    source, queue = ConnectorSource(served.url, "key"), JobQueue(served.settings, "importer")
    yield Connector(theirs, owner, {PARTS: WorkerParts(served.settings, database, queue, source)})
    for opened in (source, queue, theirs):
        await opened.close()


async def _rows(owner: Database, school: UUID) -> dict[str, int]:
    async with owner.transaction(school) as connection:
        return {
            table: (
                await connection.execute(
                    text(f"SELECT count(*) FROM {table} WHERE school_id = :id"), {"id": school}
                )
            ).scalar_one()
            for table in ("import_line", "import_file", "import_change")
        }


def _open_since(ended_at: datetime) -> OpenQuestion:
    answer_by = ended_at.astimezone(AMSTERDAM).date() + timedelta(days=30)
    return OpenQuestion(Ending.ENDED, ended_at, answer_by)


async def _question(database: Database, school: UUID) -> OpenQuestion | None:
    async with database.transaction(school) as connection:
        return await find_question(connection, school)


@pytest.mark.parametrize("to", Ending)
async def test_a_plan_is_void_and_its_people_are_gone_from_it_but_not_from_numo(
    served: Served, desk: Desk, connector: Connector, owner: Database, to: str
) -> None:
    async with worker_here(served.settings):
        await desk.bring([ANNA])
        applied = sum((await _rows(owner, desk.school_id)).values())
        planned = await desk.plan([ANNA, BRAM])
        told = ((to, "other"), ("active", "numo"), (to, "numo"))
        for position, (moved, product) in enumerate(told):
            await connector.says(desk.school_id, moved, position, product)
            await connector.is_heard(desk.school_id)
            found = await desk.look(planned["id"])
            state, people = found["state"], await desk.people()
            over = (moved, product) == (to, "numo")
            assert (state, set(people)) == ("failed" if over else "planned", {"Anna"})
            assert people["Anna"]["state"] == "active"
    assert (found["problem"], found["problem_detail"][:29]) == (
        *("koppeling_not_active", "De koppeling met Somtoday is "),
    )
    assert sum((await _rows(owner, desk.school_id)).values()) == applied
    assert (await desk.verder(planned)).status_code == 409
    assert await desk.changes(planned["id"]) == []


async def test_a_fetch_under_way_is_broken_off_and_nothing_of_it_is_kept(
    served: Served, desk: Desk, connector: Connector, owner: Database
) -> None:
    lines = document([ANNA, *[BRAM] * 20])
    answer = desk.source.say(desk.school_id, Answer(lines, stalls_after=20))

    async def is_staging() -> bool:
        return (await _rows(owner, desk.school_id))["import_line"] > 0

    async with worker_here(served.settings):
        run = await desk.begin()
        await settle(is_staging)
        await connector.says(desk.school_id, "ended", 1)
        await connector.is_heard(desk.school_id)
        answer.goes_on.set()
        assert (await desk.rested(run))["problem"] == "koppeling_not_active"
    assert sum((await _rows(owner, desk.school_id)).values()) == 0


async def test_a_file_of_the_schools_own_stays(
    served: Served, desk: Desk, connector: Connector
) -> None:
    async with worker_here(served.settings):
        content = "leerlingnummer;roepnaam;achternaam\n1001;Anna;Aalbers\n"
        sent = await desk.client.post(
            "/v1/imports/csv", files={"file": ("leerlingen.csv", content, "text/csv")}
        )
        run = await desk.rested(sent.json()["id"])
        await connector.says(desk.school_id, "revoked", 1)
        await connector.is_heard(desk.school_id)
        assert (await desk.look(run["id"]))["state"] == "planned"
        assert (await desk.apply(run))["state"] == "applied"


async def test_in_whatever_order_and_however_often_it_comes_the_newest_wins(
    new_school: Callable[[], Awaitable[UUID]], connector: Connector, database: Database
) -> None:
    told = list(enumerate(["active", "revoked", "active", "expired", "ended", "paused"]))
    # Two workers may take what follows in either order: since when it is over is one of the days
    # on which it was.
    possible = {_open_since(AT + timedelta(days=days)) for days in (1, 3, 4)}
    for heard in (told, told * 2):
        school = await new_school()
        for position, to in heard:
            await connector.says(school, to, position)
        await asyncio.gather(*(connector.is_heard(school) for _ in range(2)))
        assert await _question(database, school) in possible
    for last in ("active", "ended"):
        school = await new_school()
        events = [*told, (len(told), last)]
        for position, to in reversed(events):
            await connector.says(school, to, position)
        await connector.is_heard(school)
        question = await _question(database, school)
        assert (question is None) == (last == "active")


async def test_what_cannot_be_taken_in_is_a_dead_letter_that_ops_see_and_retry(
    served: Served,
    owner: Database,
    api_key: Callable[..., Awaitable[dict[str, str]]],
    connector: Connector,
    new_school: Callable[[], Awaitable[UUID]],
) -> None:
    school = await new_school()
    await connector.says(school, "ended", 1)
    bury = text(
        "UPDATE outbox SET dead_at = now(), attempts = 108, last_error = 'OperationalError' "
        "WHERE service = 'importer' AND facts ->> 'school_id' = :school RETURNING id"
    )
    async with owner.transaction() as connection:
        letter = str((await connection.execute(bury, {"school": str(school)})).scalar_one())
    async with owner.transaction() as connection:
        await connection.execute(OTHER_PRODUCT)
    ops, stranger = await api_key("ops"), await api_key("ops", product="ander")
    async with httpx.AsyncClient(base_url=served.url, headers=ops) as client:
        listed = (await client.get("/v1/dead-letters", params={"limit": 500})).json()["items"]
        assert [found["topic"] for found in listed if found["id"] == letter] == [KOPPELING_MOVED]
        retry = f"/v1/dead-letters/{letter}/retry"
        assert (await client.post(retry, headers=stranger)).status_code == 403
        again = await client.post(retry)
        assert (again.status_code, again.json()["dead_at"]) == (202, None)
    await connector.is_heard(school)
    async with owner.transaction() as connection:
        done = text("SELECT done_at IS NOT NULL FROM outbox WHERE id = :id")
        assert (await connection.execute(done, {"id": letter})).scalar_one()
