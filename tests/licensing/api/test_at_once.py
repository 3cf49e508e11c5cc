"""Many starts at the same moment: exactly once, never oversold, nobody refused for contention."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from shared.clock import now
from shared.ids import new_id
from tests.licensing.conftest import School

Make = Callable[[int], Awaitable[School]]


async def test_sixty_four_pupils_on_ten_licenses_use_exactly_ten(school_with: Make) -> None:
    school = await school_with(10)
    pupils = [await school.person() for _ in range(64)]
    answers = await asyncio.gather(*(school.start(pupil) for pupil in pupils))
    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 54}
    left = sorted(a.json()["licenses_left"] for a in answers if a.status_code == 201)
    assert left == list(range(10))
    assert await school.ledger() == (10, 10)
    assert (await school.pool())["left"] == 0


async def test_one_pupil_on_many_devices_uses_one_license(school_with: Make) -> None:
    school = await school_with(5)
    pupil = await school.person()
    answers = await asyncio.gather(
        *(school.start(pupil, key=str(new_id()), activity_id=f"a{n}") for n in range(30))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert sum(answer.json()["license_used_now"] for answer in answers) == 1
    assert len({answer.json()["license_id"] for answer in answers}) == 1
    assert len({answer.json()["id"] for answer in answers}) == 30
    assert await school.ledger() == (5, 1)


async def test_one_pupil_on_many_devices_gets_the_last_license(school_with: Make) -> None:
    school = await school_with(1)
    pupil = await school.person()
    answers = await asyncio.gather(*(school.start(pupil, activity_id=f"a{n}") for n in range(20)))
    assert {answer.status_code for answer in answers} == {201}


async def test_one_call_sent_many_times_at_once_is_one_start(school_with: Make) -> None:
    school = await school_with(5)
    pupil, key = await school.person(), str(new_id())
    moment = now().isoformat()
    calls = [school.start(pupil, key=key, started_at=moment) for _ in range(30)]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await school.ledger() == (5, 1)


async def test_grants_and_starts_at_once_keep_the_books(school_with: Make) -> None:
    school = await school_with(5)
    pupils = [await school.person() for _ in range(30)]
    calls = [school.start(pupil) for pupil in pupils] + [school.grant(2) for _ in range(5)]
    answers = await asyncio.gather(*calls)
    used = sum(answer.status_code == 201 for answer in answers[:30])
    assert {answer.status_code for answer in answers[30:]} == {201}
    assert await school.ledger() == (15, used)
    pool = await school.pool()
    assert (pool["granted"], pool["used"]) == (15, used)
    assert used <= 15
