"""A report of licenses costs what the school used, whatever the planner expects of it."""

from datetime import timedelta

from sqlalchemy import text

from services.licensing.store.entries import _BOOKED, Wanted, booked_entries
from shared.clock import now
from shared.database import Database
from shared.ids import new_id


async def test_a_report_compares_no_entry_with_each_start(licensing: Database) -> None:
    school, moment = new_id(), now()
    wanted = Wanted(school, "2026-2027", moment - timedelta(days=300), moment, None, None)
    async with licensing.transaction(school) as connection:
        await booked_entries(connection, wanted)
        # What it said of joins holds until its transaction ends.
        explained = await connection.execute(text(f"EXPLAIN {_BOOKED.text}"), vars(wanted))
        plan = "\n".join(row[0] for row in explained)
    assert "Hash" in plan
    assert "Nested Loop" not in plan
