"""What licensing's worker does: events of the ledger, the nightly proof, the months of the log."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.licensing.application.check_ledger import PROBLEMS, check_ledger
from services.licensing.application.keep_log import keep_log
from services.licensing.application.tell_changes import tell_changes
from shared.clock import AMSTERDAM, now
from shared.database import Database
from tests.licensing.conftest import School

Make = Callable[[int], Awaitable[School]]
_EVENTS = text("SELECT topic, facts FROM outbox WHERE subject_id = :subject ORDER BY id")
_MONTHS = text("SELECT relname FROM pg_class WHERE relname LIKE 'license_use\\_2%' AND relkind='r'")


async def _events(school: School) -> list[tuple[str, dict[str, Any]]]:
    subject = UUID((await school.pool())["id"])
    async with school.owner.transaction() as connection:
        rows = await connection.execute(_EVENTS, {"subject": subject})
        return [(row.topic, row.facts) for row in rows]


async def _start(school: School, pupils: int) -> None:
    for _ in range(pupils):
        assert (await school.start(await school.person())).status_code == 201


async def test_every_use_is_told_once_and_every_level_as_it_is_reached(
    school_with: Make, licensing: Database
) -> None:
    school = await school_with(20)
    for pupils in (3, 13, 3, 1):
        await _start(school, pupils)
        await tell_changes(licensing)
        await tell_changes(licensing)
    events = await _events(school)
    used = [facts["count"] for topic, facts in events if topic == "license.used"]
    assert used == [3, 13, 3, 1]
    levels = [(topic, facts["level"]) for topic, facts in events if "pool" in topic]
    low = "license.pool_low"
    assert levels == [(low, 80), (low, 95), ("license.pool_empty", 100)]
    await school.grant(80)
    await tell_changes(licensing)
    await _start(school, 60)
    await tell_changes(licensing)
    topics = Counter(topic for topic, _ in await _events(school))
    assert (topics["license.granted"], topics[low]) == (2, 3)
    assert not any("person" in fact for _, facts in events for fact in facts)


async def test_an_entry_of_a_transaction_that_is_still_open_is_not_missed(
    school_with: Make, licensing: Database
) -> None:
    school = await school_with(5)
    await tell_changes(licensing)
    slow = text("""
        INSERT INTO license_entry (id, school_id, pool_id, kind, amount, actor, reason)
        VALUES (gen_random_uuid(), :school, :pool, 'grant', 1, 'x', 'x')
    """)
    other = await school_with(5)
    facts = {"school": school.id, "pool": (await school.pool())["id"]}
    async with licensing.transaction(school.id) as connection:
        await connection.execute(slow, facts)
        await _start(other, 1)
        await tell_changes(licensing)
    await tell_changes(licensing)
    assert [topic for topic, _ in await _events(school)] == ["license.granted"] * 2
    assert "license.used" in [topic for topic, _ in await _events(other)]


@pytest.fixture
def night() -> datetime:
    """A moment of a night that no other test checks."""
    return now().astimezone(AMSTERDAM).replace(hour=3) + timedelta(days=400)


async def test_a_night_proves_the_ledger_once_and_says_where_it_differs(
    school_with: Make, licensing: Database, night: datetime, api_key: Any
) -> None:
    school = await school_with(3)
    await _start(school, 2)
    assert await check_ledger(licensing, night.replace(hour=1)) is None
    good = await check_ledger(licensing, night)
    assert good is not None
    assert (good.problems, PROBLEMS._value.get()) == ([], 0)
    assert good.entries >= 3
    assert await check_ledger(licensing, night.replace(hour=23)) is None
    wrong = text("UPDATE license_pool SET used = used + :by WHERE school_id = :school")
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(wrong, {"by": 1, "school": school.id})
    bad = await check_ledger(licensing, night + timedelta(days=1))
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(wrong, {"by": -1, "school": school.id})
    assert bad is not None
    assert bad.problems == [{"pool_id": (await school.pool())["id"], "differs": ["used"]}]
    assert PROBLEMS._value.get() == 1
    shown = await school.client.get("/v1/license-checks", headers=school.ops)
    assert [item["problems"] for item in shown.json()["items"][:2]] == [bad.problems, []]
    limited = await api_key("ops", product="numo")
    refused = await school.client.get("/v1/license-checks", headers=limited)
    assert refused.status_code == 403
    async with licensing.transaction() as connection:
        rows = (await connection.execute(_EVENTS, {"subject": bad.id})).all()
    assert [(row.topic, row.facts["problems"]) for row in rows] == [
        ("license.ledger_unbalanced", 1)
    ]


async def _months(owner: Database) -> list[str]:
    async with owner.transaction() as connection:
        return sorted((await connection.execute(_MONTHS)).scalars())


async def test_months_are_made_ahead_and_old_ones_go_but_answers_stay(
    school_with: Make, licensing: Database, owner: Database
) -> None:
    school = await school_with(1)
    pupil = await school.person()
    first = (await school.start(pupil, key="k")).json()
    there = await _months(owner)
    assert len(there) >= 15
    assert await keep_log(licensing, now() - timedelta(days=365), 60) == (12, 0)
    assert await keep_log(licensing, now() - timedelta(days=365), 60) == (0, 0)
    # However wrong the setting: the last three months stay.
    made, dropped = await keep_log(licensing, now() + timedelta(days=3650), 3)
    assert (made, dropped) == (0, 9)
    assert len(await _months(owner)) == len(there) + 3
    repeat = await school.start(pupil, key="k", started_at=first["started_at"])
    assert repeat.json() == first


async def test_old_months_are_found_by_whatever_plan(owner: Database) -> None:
    nothing = text("SELECT drop_license_use_months(now() - interval '50 years')")
    for ways in (("hashjoin", "mergejoin"), ("nestloop", "mergejoin"), ("nestloop", "hashjoin")):
        async with owner.transaction() as connection:
            for way in ways:
                await connection.execute(text(f"SET LOCAL enable_{way} = off"))
            assert (await connection.execute(nothing)).scalar_one() == 0


async def test_a_month_guards_its_rows_like_the_whole_log(owner: Database) -> None:
    statement = text("""
        SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class
        WHERE relname LIKE 'license_use\\_2%' AND relkind = 'r'
    """)
    async with owner.transaction() as connection:
        assert (await connection.execute(statement)).scalar_one() is True
