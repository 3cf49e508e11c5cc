"""The cases that peers get wrong, by their names: L1 to L10."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.clock import AMSTERDAM, Schooljaar, now
from shared.ids import new_id
from tests.fixtures.callers import settle
from tests.licensing.conftest import School

Make = Callable[[int], Awaitable[School]]
_ARCHIVE = text("UPDATE person SET state = 'archived', archived_at = now() WHERE id = :id")
_KILL = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'transactionid'
        AND query LIKE '%start_license_uses%'
""")
_SAME_KEY = text("""
    INSERT INTO license_answer (idempotency_key, person_id, school_id, fingerprint, use_id,
        license_id, license_used_now, licenses_left)
    SELECT 'l4', :pupil, school_id, fingerprint, uuidv7(), license_id, true, 0
    FROM license_answer WHERE person_id = :other
""")


async def test_l1_the_last_unit_used_and_its_key_replayed(school_with: Make) -> None:
    school = await school_with(1)
    pupil, moment = await school.person(), now().isoformat()
    first = await school.start(pupil, key="l1", started_at=moment)
    assert first.json()["licenses_left"] == 0
    replays = [school.start(pupil, key="l1", started_at=moment) for _ in range(5)]
    assert {answer.text for answer in await asyncio.gather(*replays)} == {first.text}


async def test_l2_the_same_key_with_another_body(school_with: Make) -> None:
    school = await school_with(2)
    pupil, moment = await school.person(), now()
    await school.start(pupil, key="l2", started_at=moment.isoformat())
    later = (moment + timedelta(milliseconds=1)).isoformat()
    answers = await asyncio.gather(
        school.start(pupil, key="l2", started_at=later),
        school.start(pupil, key="l2", started_at=moment.isoformat(), activity_kind="sprongtoets"),
        school.start(pupil, key="l2", started_at=moment.isoformat(), leergebied="rekenen"),
    )
    assert {answer.json()["code"] for answer in answers} == {"idempotency_key_reused"}
    assert await school.ledger() == (2, 1)


async def test_l3_two_hundred_parallel_starts_on_fifty_units(school_with: Make) -> None:
    school = await school_with(50)
    add = text("""
        INSERT INTO person (id, school_id, role) SELECT p, :school, 'pupil'
        FROM unnest(CAST(:people AS uuid[])) p
    """)
    people = [new_id() for _ in range(200)]
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(add, {"school": school.id, "people": people})
    answers = await asyncio.gather(*map(school.start, people))
    assert Counter(answer.status_code for answer in answers) == {201: 50, 409: 150}
    assert await school.ledger() == (50, 50)


async def test_l4_a_connection_killed_between_claim_and_commit(school_with: Make) -> None:
    school = await school_with(3)
    pupil, other = await school.person(), await school.person()
    await school.start(other, key="other")
    async with school.owner.transaction(school.id) as connection, connection.begin_nested() as held:
        # Somebody's uncommitted answer to the same key: the start waits with its license claimed.
        await connection.execute(_SAME_KEY, {"pupil": pupil, "other": other})
        start = asyncio.create_task(school.start(pupil, key="l4"))

        async def killed() -> bool:
            # Who is connected is remembered for a transaction, unless it is told to forget.
            await connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            return bool((await connection.execute(_KILL)).all())

        await settle(killed)
        await held.rollback()
    answer = await start
    assert (answer.status_code, answer.json()["license_used_now"]) == (201, True)
    assert await school.ledger() == (3, 2)


async def test_l6_two_tabs_and_two_devices(school_with: Make) -> None:
    school = await school_with(1)
    pupil = await school.person()
    kinds = ("oefening", "sprongtoets") * 4
    answers = await asyncio.gather(
        *(school.start(pupil, activity_kind=kind, key=str(new_id())) for kind in kinds)
    )
    assert {answer.status_code for answer in answers} == {201}
    assert sum(answer.json()["license_used_now"] for answer in answers) == 1


@pytest.mark.parametrize("minutes", [9, -60, -30 * 24 * 60])
async def test_l7_a_clock_ahead_or_behind_decides_the_schooljaar_and_nothing_else(
    school_with: Make, minutes: int
) -> None:
    school = await school_with(0)
    moment = now() + timedelta(minutes=minutes)
    year = str(Schooljaar.of(moment))
    await school.grant(1, schooljaar=year)
    pupil = await school.person()
    started = moment.astimezone(AMSTERDAM).isoformat()
    answer = await school.start(pupil, started_at=started)
    assert (answer.status_code, answer.json()["schooljaar"]) == (201, year)
    assert datetime.fromisoformat(answer.json()["started_at"]) == moment


async def test_l8_a_pupil_archived_during_a_test_keeps_what_was_recorded(
    school_with: Make,
) -> None:
    school = await school_with(1)
    pupil, moment = await school.person(), now().isoformat()
    first = await school.start(pupil, key="l8", started_at=moment)
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(_ARCHIVE, {"id": pupil})
    repeat = await school.start(pupil, key="l8", started_at=moment)
    assert repeat.text == first.text
    new = await school.start(pupil, key="l8b")
    assert (new.status_code, new.json()["code"]) == (404, "person_unknown")
    assert await school.ledger() == (1, 1)


async def test_l9_a_school_whose_people_all_went_keeps_its_uses_and_its_answers(
    school_with: Make,
) -> None:
    school = await school_with(3)
    pupils, moment = [await school.person() for _ in range(3)], now().isoformat()
    first = [await school.start(pupil, key="l9", started_at=moment) for pupil in pupils]
    everyone = text(
        "UPDATE person SET state = 'archived', archived_at = now() WHERE school_id = :id"
    )
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(everyone, {"id": school.id})
    again = [await school.start(pupil, key="l9", started_at=moment) for pupil in pupils]
    assert [answer.text for answer in again] == [answer.text for answer in first]
    assert (await school.pool())["used"] == 3


async def test_l5_and_l10_after_everything_twice_the_books_are_the_sum_of_the_entries(
    school_with: Make,
) -> None:
    school = await school_with(6)
    pupils = [await school.person() for _ in range(5)]
    used = [(await school.start(pupil)).json()["license_id"] for pupil in pupils for _ in "ab"]
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(_ARCHIVE, {"id": pupils[0]})
    admin = await school.issuer.headers(school=school.id, role="schoolbeheerder")

    async def release() -> Any:
        path = f"/v1/licenses/{used[0]}/release"
        return await school.client.post(path, json={"reason": "weg"}, headers=admin)

    assert (await release()).text == (await release()).text
    await school.grant(-2)
    sums = text("""
        SELECT account, sum(amount)::integer AS sum FROM license_posting WHERE school_id = :school
        GROUP BY account
    """)
    async with school.owner.transaction(school.id) as connection:
        rows = await connection.execute(sums, {"school": school.id})
        accounts = {row.account: row.sum for row in rows}
    pool = await school.pool()
    assert accounts == {"available": 0, "granted": -4, "used": 4}
    assert (pool["granted"], pool["used"], pool["left"]) == (4, 4, 0)
