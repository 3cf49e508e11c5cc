"""Runs that end without anybody: a plan that waits too long, and what broke every worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import TextClause, text

from services.importer.application.expire_plans import expire_plans
from services.importer.application.sweep import sweep_imports
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.queue import JobQueue
from tests.fixtures.callers import settle
from tests.fixtures.http import http_client
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.rosters import ANNA, BRAM

ApiKey = Callable[..., Awaitable[dict[str, str]]]
_AGE = text("""
    UPDATE import_run SET planned_at = planned_at - interval '14 days 1 minute'
    WHERE id = :run_id RETURNING revision
""")
_LEFT = text("""
    SELECT (SELECT count(*) FROM import_line WHERE run_id = :run_id)
         + (SELECT count(*) FROM import_change WHERE run_id = :run_id)
""")
_BREAK = text("""
    UPDATE import_run SET claims = 5, lease_token = gen_random_uuid(), state = 'fetching',
        lease_until = now() - interval '1 minute', last_error = 'DataError' WHERE id = :run_id
""")
_AS_IF_NOT_STAGED = text("""
    INSERT INTO import_file (run_id, school_id, position, content)
    SELECT id, school_id, 1, '' FROM import_run WHERE id = :run_id
""")
_STAGED = text("""
    SELECT (SELECT count(*) FROM import_line WHERE run_id = :run_id),
           (SELECT count(*) FROM import_file WHERE run_id = :run_id)
""")
KEPT = timedelta(days=14)


@pytest.fixture(scope="module")
async def database(served: Served) -> AsyncIterator[Database]:
    made = Database(served.settings.database_url, 4)
    yield made
    await made.close()


async def _run(database: Database, desk: Desk, statement: TextClause, run_id: str) -> Any:
    row = await _row(database, desk, statement, run_id)
    return row[0] if row else None


async def _row(database: Database, desk: Desk, statement: TextClause, run_id: str) -> Any:
    async with database.transaction(desk.school_id) as connection:
        found = await connection.execute(statement, {"run_id": UUID(run_id)})
        return tuple(found.one()) if found.returns_rows else None


async def test_a_plan_that_nobody_applied_expires_once_with_what_it_staged(
    desk: Desk, database: Database
) -> None:
    planned = await desk.plan([ANNA])
    assert await _run(database, desk, _LEFT, planned["id"])
    await expire_plans(database, KEPT)
    assert (await desk.look(planned["id"]))["state"] == "planned", "it is not that old"
    await _run(database, desk, _AGE, planned["id"])
    done = await asyncio.gather(*(expire_plans(database, KEPT) for _ in range(3)))
    assert sum(done) <= 1, "the worker's own sweep may have been first"
    found = await desk.rested(planned["id"])
    assert (found["state"], found["problem"]) == ("expired", None)
    assert found["summary"]["people"]["add"] == 1, "the history says what it was"
    assert await _run(database, desk, _LEFT, planned["id"]) == 0
    refused = assert_refused(await desk.verder(planned), ErrorCode.IMPORT_NOT_READY)
    assert "verlopen" in refused["detail"]
    assert await desk.people() == {}
    assert (await desk.bring([ANNA]))["state"] == "applied"


async def test_a_plan_that_is_being_applied_or_chosen_in_does_not_expire(
    desk: Desk, database: Database
) -> None:
    planned = await desk.plan([ANNA])
    async with database.transaction(desk.school_id) as connection:
        await connection.execute(_AGE, {"run_id": UUID(planned["id"])})
        await expire_plans(database, KEPT)
        await connection.execute(
            text("UPDATE import_run SET planned_at = now() WHERE id = :run_id"),
            {"run_id": UUID(planned["id"])},
        )
    assert (await desk.apply(planned))["state"] == "applied"
    await _run(database, desk, _AGE, planned["id"])
    await expire_plans(database, KEPT)
    assert (await desk.look(planned["id"]))["state"] == "applied"


async def test_what_was_given_up_is_listed_for_ops_and_put_again_once(
    served: Served, desk: Desk, database: Database, api_key: ApiKey
) -> None:
    stalled = desk.says([ANNA, BRAM])
    stalled.stalls_after = 1
    run_id = await desk.begin()

    async def is_begun() -> bool:
        return desk.source.times_asked(desk.school_id) > 0

    # Else the worker takes it once more, after it was broken.
    await settle(is_begun)
    await _break(served, database, desk, run_id)
    stalled.goes_on.set()
    desk.says([ANNA, BRAM])
    async with http_client(served.url, await api_key("ops")) as ops:
        mine = await _listed(ops, desk)
        assert [(one["id"], one["claims"], one["last_error"]) for one in mine] == [
            (run_id, 5, "DataError")
        ]
        retry = f"/v1/given-up-imports/{run_id}/retry"
        first, again = await ops.post(retry), await ops.post(retry)
        assert (first.status_code, again.status_code) == (202, 202), first.text
        assert first.json()["id"] == again.json()["id"] != run_id
        assert await _listed(ops, desk) == []
        assert_refused(
            await ops.post(retry.replace(run_id, str(desk.school_id))), ErrorCode.NOT_FOUND
        )
    assert (await desk.rested(first.json()["id"]))["state"] == "planned"
    assert_refused(await desk.client.get("/v1/given-up-imports"), ErrorCode.NOT_ALLOWED)


async def test_a_file_that_was_given_up_is_gone_and_not_put_again(
    served: Served, desk: Desk, database: Database, api_key: ApiKey
) -> None:
    content = "leerlingnummer;roepnaam;achternaam\n1001;Anna;Aalbers\n"
    sent = await desk.client.post(
        "/v1/imports/csv", files={"file": ("leerlingen.csv", content, "text/csv")}
    )
    run_id = (await desk.rested(sent.json()["id"]))["id"]
    await _run(database, desk, _AS_IF_NOT_STAGED, run_id)
    assert all(await _row(database, desk, _STAGED, run_id))
    await _break(served, database, desk, run_id)
    assert await _row(database, desk, _STAGED, run_id) == (0, 0), "what it says of pupils is gone"
    async with http_client(served.url, await api_key("ops")) as ops:
        retry = f"/v1/given-up-imports/{run_id}/retry"
        refused = assert_refused(await ops.post(retry), ErrorCode.IMPORT_NOT_READY)
        assert "opnieuw te uploaden" in refused["detail"]
        assert [one["id"] for one in await _listed(ops, desk)] == [run_id]
    assert (await desk.bring([ANNA]))["state"] == "applied", "nothing was begun"


async def _break(served: Served, database: Database, desk: Desk, run_id: str) -> None:
    """Leave a run as one that broke every worker, and let it be given up."""
    await _run(database, desk, _BREAK, run_id)
    queue = JobQueue(served.settings, "importer")
    await sweep_imports(database, queue, 10, 5)
    await queue.close()
    assert (await desk.rested(run_id))["state"] == "failed"


async def _listed(ops: httpx.AsyncClient, desk: Desk) -> list[Json]:
    answer = await ops.get("/v1/given-up-imports", params={"limit": 500})
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["items"] if one["school_id"] == str(desk.school_id)]
