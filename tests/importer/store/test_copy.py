"""Rows reach their table whole, whatever their text."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.change import Action, Change, ChangeKind, Choice, Reason
from services.importer.domain.change_filter import ChangeFilter
from services.importer.domain.run import Chosen
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.changes import add_changes, list_changes
from services.importer.store.roster import read_roster
from services.importer.store.staging import add_lines, read_lines
from shared.database import Database
from shared.ids import new_id
from shared.roster.document import Record
from shared.roster.ndjson import parse_record
from tests.importer.rosters import first_week, pupil
from tests.importer.store.conftest import NewRun

TEXTS = [
    "tab\there",
    "line\nbreak\r\n",
    "back\\slash \\N \\. \\t",
    "\"double\" 'single' `back`",
    "🦉 ẞ é ﷽ \u200f",
    "{a,b} [1] (x)",
    "%s %(name)s :name ::uuid ?",
    "\\",
    " ",
]


def a_change(kind: str, role: str, *, text: str = "x", **more: Any) -> Change:
    """An addition; the subject has an id of its own."""
    after = {"given_name": text} if kind == "person" else {"name": text, "schooljaar": "2026-2027"}
    return Change(
        kind=ChangeKind(kind),
        action=Action.ADD,
        reason=Reason.NEW_IN_SOURCE,
        role=role,
        label=text,
        alias="new:1",
        subject_id=new_id(),
        choice=Choice.ADD,
        after={} if kind == "membership" else after,
        **more,
    )


async def _staged(connection: AsyncConnection, run_id: UUID) -> list[Record]:
    return [parse_record(line) for line in await read_lines(connection, run_id)]


@pytest.mark.parametrize("content", TEXTS)
async def test_strange_text_survives_staging_plan_and_apply(
    database: Database,
    new_school: Callable[[], Awaitable[UUID]],
    new_run: NewRun,
    content: str,
) -> None:
    school_id = await new_school()
    run_id = await new_run(school_id)
    record = pupil("1", content, content)
    change = a_change("person", "pupil", text=content, candidate_ids=(new_id(), new_id()))
    async with database.transaction(school_id) as connection:
        await add_lines(connection, run_id, school_id, 0, [record])
        assert await _staged(connection, run_id) == [record]
        await add_changes(connection, run_id, school_id, [change], Chosen())
        (row,) = await list_changes(connection, run_id, ChangeFilter(), None, 10)
        assert (row["label"], row["after"]) == (content, {"given_name": content})
        assert row["candidate_ids"] == list(change.candidate_ids)
        await apply_chosen(connection, run_id)
        (person,) = (await read_roster(connection, school_id)).people.values()
    assert person.fields["given_name"] == content


async def test_several_batches_of_one_transaction_keep_their_order(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun
) -> None:
    school_id = await new_school()
    run_id = await new_run(school_id)
    records = first_week()
    async with database.transaction(school_id) as connection:
        await add_lines(connection, run_id, school_id, 5, records[5:])
        await add_lines(connection, run_id, school_id, 0, records[:5])
        await add_lines(connection, run_id, school_id, len(records), [])
        assert await _staged(connection, run_id) == records


async def test_what_the_release_before_staged_is_read_too(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun
) -> None:
    school_id = await new_school()
    run_id = await new_run(school_id)
    header, *others = first_week()
    before = text(
        "INSERT INTO import_line (run_id, school_id, position, record) "
        "VALUES (:run_id, :school_id, 0, :record)"
    )
    row = {"run_id": run_id, "school_id": school_id, "record": header.model_dump_json()}
    async with database.transaction(school_id) as connection:
        await connection.execute(before, row)
        await add_lines(connection, run_id, school_id, 1, others)
        assert await _staged(connection, run_id) == [header, *others]
