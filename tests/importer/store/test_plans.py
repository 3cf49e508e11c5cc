"""What is read of a school costs what is asked: the importer's own role, by the page."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.importer.domain.reading import WHOLE, RosterQuery
from services.importer.store.roster_pages import list_roster
from services.importer.store.timeline import audited_of_person, license_uses_of_person
from shared.database import Database
from shared.ids import new_id
from tests.explaining import Explaining

Read = Callable[[Any], Awaitable[Any]]
SCHOOL, SOMEBODY = new_id(), new_id()


async def _plan(database: Database, read: Read) -> str:
    async with database.transaction(SCHOOL) as connection:
        explaining = Explaining(connection)
        await read(explaining)
    (found,) = explaining.plans
    return found


@pytest.mark.parametrize("name", ["people", "groups", "memberships"])
@pytest.mark.parametrize("after", [None, SOMEBODY])
async def test_a_page_is_read_in_the_order_of_an_index_of_the_school(
    database: Database, name: str, after: Any
) -> None:
    first = RosterQuery(100, sight=WHOLE, after=after and (after,))
    feed = RosterQuery(100, sight=WHOLE, changed_since=3, after=after and (3, after))
    for query, key in ((first, "_school_id_id"), (feed, "_school_id_changed_in_id")):
        found = await _plan(database, lambda c, query=query: list_roster(c, SCHOOL, name, query))
        assert f"{key} on" in found
        assert "Sort" not in found


async def test_a_persons_story_reads_no_more_than_that_person(database: Database) -> None:
    uses = await _plan(database, lambda c: license_uses_of_person(c, SCHOOL, [SOMEBODY]))
    assert f"person_id = ANY ('{{{SOMEBODY}}}'::uuid[])" in _conditions(uses)
    merged = await _plan(database, lambda c: audited_of_person(c, SCHOOL, [SOMEBODY]))
    assert "ix_audit_entry_for_good" in merged


def _conditions(plan: str) -> str:
    return "\n".join(line for line in plan.splitlines() if "Index Cond" in line)
