"""The rule of a start: the first uses a license, later ones none, a repeat changes nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from shared.clock import AMSTERDAM, now
from shared.ids import new_id
from tests.licensing.conftest import YEAR, School

Make = Callable[[int], Awaitable[School]]


async def test_the_first_start_uses_a_license_and_later_ones_use_none(school_with: Make) -> None:
    school = await school_with(2)
    pupil = await school.person()
    first = await school.start(pupil, activity_kind="sprongtoets")
    later = await school.start(pupil, activity_kind="oefening")
    assert (first.status_code, later.status_code) == (201, 201)
    assert (first.json()["license_used_now"], first.json()["licenses_left"]) == (True, 1)
    assert (later.json()["license_used_now"], later.json()["licenses_left"]) == (False, 1)
    assert later.json()["license_id"] == first.json()["license_id"]
    assert later.json()["id"] != first.json()["id"]
    assert first.json()["schooljaar"] == YEAR
    assert await school.ledger() == (2, 1)


async def test_a_repeat_gets_the_first_answer_and_changes_nothing(school_with: Make) -> None:
    school = await school_with(3)
    pupil, other, key = await school.person(), await school.person(), str(new_id())
    moment = now().isoformat()
    first = await school.start(pupil, key=key, started_at=moment)
    await school.start(other)
    repeat = await school.start(pupil, key=key, started_at=moment)
    assert repeat.status_code == 201
    assert repeat.json() == first.json()
    assert (await school.pool())["used"] == 2


async def test_without_a_key_the_same_body_is_the_same_start(school_with: Make) -> None:
    school = await school_with(3)
    pupil = await school.person()
    moment = now()
    elsewhere, later = moment.astimezone(AMSTERDAM), moment + timedelta(seconds=1)
    first = await school.start(pupil, started_at=moment.isoformat())
    repeat = await school.start(pupil, started_at=elsewhere.isoformat())
    other = await school.start(pupil, started_at=later.isoformat())
    assert repeat.json()["id"] == first.json()["id"]
    assert other.json()["id"] != first.json()["id"]


async def test_a_repeat_of_the_last_license_is_answered_when_none_is_left(
    school_with: Make,
) -> None:
    school = await school_with(1)
    pupil, other, key = await school.person(), await school.person(), str(new_id())
    moment = now().isoformat()
    first = await school.start(pupil, key=key, started_at=moment)
    refused = await school.start(other)
    repeat = await school.start(pupil, key=key, started_at=moment)
    assert first.json()["licenses_left"] == 0
    assert refused.status_code == 409
    assert refused.json()["code"] == "no_license_left"
    assert repeat.json() == first.json()
    assert (await school.start(pupil)).status_code == 201


async def test_a_start_that_was_refused_succeeds_with_its_key_once_there_are_licenses(
    school_with: Make,
) -> None:
    school = await school_with(0)
    pupil, key = await school.person(), str(new_id())
    assert (await school.start(pupil, key=key)).json()["code"] == "no_license_left"
    await school.grant(1)
    assert (await school.start(pupil, key=key)).json()["license_used_now"] is True


async def test_a_key_with_another_body_is_refused(school_with: Make) -> None:
    school = await school_with(3)
    pupil, key = await school.person(), str(new_id())
    await school.start(pupil, key=key)
    for other in ({"activity_id": "x"}, {"activity_kind": "sprongtoets"}):
        answer = await school.start(pupil, key=key, **other)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert await school.ledger() == (3, 1)


async def test_a_key_of_one_pupil_means_nothing_to_another(school_with: Make) -> None:
    one, other, key = await school_with(2), await school_with(1), str(new_id())
    starts = [(one, await one.person()), (one, await one.person()), (other, await other.person())]
    answers = [await school.start(pupil, key=key) for school, pupil in starts]
    assert [answer.json()["license_used_now"] for answer in answers] == [True] * 3
    assert len({answer.json()["id"] for answer in answers}) == 3


@pytest.mark.parametrize(("role", "state"), [("pupil", "archived"), ("employee", "active")])
async def test_who_is_no_active_pupil_answers_like_an_unknown_one(
    school_with: Make, role: str, state: str
) -> None:
    school, elsewhere = await school_with(5), await school_with(5)
    unknown = await school.start(new_id())
    assert (unknown.status_code, unknown.json()["code"]) == (404, "person_unknown")
    for person in (await school.person(role, state), await elsewhere.person()):
        answer = await school.start(person)
        assert answer.status_code == 404
        assert answer.json() == unknown.json()
    assert await school.ledger() == (5, 0)


async def test_a_pupil_who_was_archived_and_returns_keeps_the_license(
    school_with: Make,
) -> None:
    from sqlalchemy import text

    school = await school_with(1)
    pupil = await school.person()
    first = await school.start(pupil)
    archive = text("UPDATE person SET state = 'archived', archived_at = now() WHERE id = :id")
    back = text("UPDATE person SET state = 'active', archived_at = NULL WHERE id = :id")
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(archive, {"id": pupil})
    assert (await school.start(pupil, activity_id="b")).json()["code"] == "person_unknown"
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(back, {"id": pupil})
    again = await school.start(pupil, activity_id="b")
    assert again.json()["license_used_now"] is False
    assert again.json()["license_id"] == first.json()["license_id"]
