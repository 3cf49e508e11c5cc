"""Starts of many schools in one statement: one school's trouble is its own, whatever breaks."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.licensing.application.start_use import start_uses
from services.licensing.application.turnstile import Turnstile
from services.licensing.domain.start import (
    ActivityKind,
    Caller,
    KeyedStart,
    Start,
    UseOutcome,
)
from shared.clock import now
from shared.database import Database
from shared.ids import new_id
from tests.fixtures.callers import settle
from tests.licensing.conftest import PRODUCT, School

Make = Callable[[int], Awaitable[School]]
_HOLD = text("SELECT FROM license_pool WHERE school_id = :school FOR UPDATE")
_CUT = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE '%start_license_uses%'
        AND datname = current_database()
""")


def _start(school: School, pupil: UUID, key: str = "k", activity: str = "a") -> KeyedStart:
    start = Start(pupil, PRODUCT, ActivityKind.OEFENING, activity, now())
    return KeyedStart(start, key, Caller(school.id))


async def test_each_gets_its_own_answer_whatever_the_others_asked(
    school_with: Make, licensing: Database
) -> None:
    one, other, empty = await school_with(3), await school_with(3), await school_with(0)
    mine, theirs, poor = [await school.person() for school in (one, other, empty)]
    await start_uses(licensing, [_start(other, theirs, "used")])
    turnstile = Turnstile(licensing)
    asked = {
        _start(one, mine): UseOutcome.RECORDED,
        _start(other, theirs, "new"): UseOutcome.RECORDED,
        _start(other, theirs, "used", "b"): UseOutcome.KEY_REUSED,
        # Another school's pupil, and their key: as unknown as nobody's, though both are called for.
        _start(one, theirs, "used"): UseOutcome.PERSON_UNKNOWN,
        _start(one, new_id()): UseOutcome.PERSON_UNKNOWN,
        _start(empty, poor): UseOutcome.NONE_LEFT,
    }
    records = await asyncio.gather(*map(turnstile.start, asked))
    assert [record.outcome for record in records] == list(asked.values())
    assert [await school.ledger() for school in (one, other, empty)] == [(3, 1), (3, 1), (0, 0)]


async def test_what_the_database_cannot_hold_fails_alone(
    school_with: Make, licensing: Database
) -> None:
    one, other = await school_with(2), await school_with(2)
    pupils = [await school.person() for school in (one, one, other)]
    turnstile = Turnstile(licensing)
    bad = _start(one, pupils[0], "nul \0")
    good = [_start(one, pupils[1]), _start(other, pupils[2])]
    answers = await asyncio.gather(*map(turnstile.start, [bad, *good]), return_exceptions=True)
    assert isinstance(answers[0], Exception)
    assert [getattr(answer, "outcome", answer) for answer in answers[1:]] == ["recorded"] * 2
    assert [await school.ledger() for school in (one, other)] == [(2, 1), (2, 1)]


async def test_a_pool_that_is_held_keeps_its_own_school_waiting_only(
    school_with: Make, licensing: Database, owner: Database
) -> None:
    held, free = await school_with(2), await school_with(2)
    pupils = [await school.person() for school in (held, free)]
    turnstile = Turnstile(licensing)
    async with owner.transaction(held.id) as connection:
        await connection.execute(_HOLD, {"school": held.id})
        waiting = asyncio.create_task(turnstile.start(_start(held, pupils[0])))
        assert (await turnstile.start(_start(free, pupils[1]))).outcome is UseOutcome.RECORDED
        assert not waiting.done()

        async def cut() -> bool:
            await connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            return bool((await connection.execute(_CUT)).all())

        # Its connection breaks in the middle: the same start is asked again, and used once.
        await settle(cut)
    assert (await waiting).outcome is UseOutcome.RECORDED
    assert [await school.ledger() for school in (held, free)] == [(2, 1), (2, 1)]


async def test_two_processes_grants_and_batches_meet_in_any_order_and_count_once(
    school_with: Make, licensing: Database
) -> None:
    schools = [await school_with(2) for _ in range(4)]
    starts = [_start(school, await school.person()) for school in schools for _ in range(4)]
    ways = [Turnstile(licensing), Turnstile(licensing)]
    doing: list[Awaitable[Any]] = [ways[0].start(one) for one in starts]
    doing += [ways[1].start(one) for one in reversed(starts)]
    doing += [start_uses(licensing, starts[::-1]), start_uses(licensing, starts)]
    doing += [school.grant(1) for school in schools]
    answers = await asyncio.gather(*doing)
    assert {answer.status_code for answer in answers[-4:]} == {201}
    again = await start_uses(licensing, starts)
    used = [record.use_id for record in again if record.outcome is UseOutcome.RECORDED]
    assert len(set(used)) == len(used) == 12
    first = {record.use_id for record in answers[:32] if record.use_id}
    assert first <= set(used)
    assert [await school.ledger() for school in schools] == [(3, 3)] * 4
