"""Releases, merges and overdraft: what moves a license other than a start."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from shared.ids import new_id
from tests.licensing.conftest import School

Make = Callable[[int], Awaitable[School]]
_ARCHIVE = text("UPDATE person SET state = 'archived', archived_at = now() WHERE id = :id")
_RETURN = text("UPDATE person SET state = 'active', archived_at = NULL WHERE id = :id")
_EARLIER = text("UPDATE license SET used_at = used_at - interval '31 days' WHERE id = :id")


async def _owner_does(school: School, statement: Any, **facts: Any) -> None:
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(statement, facts)


async def _release(
    school: School, license_id: str, headers: dict[str, str] | None = None
) -> httpx.Response:
    who = headers or await school.issuer.headers(school=school.id, role="schoolbeheerder")
    path, body = f"/v1/licenses/{license_id}/release", {"reason": "verhuisd"}
    return await school.client.post(path, json=body, headers=who)


async def _merge(
    school: School, gone: UUID, stays: UUID, headers: dict[str, str] | None = None
) -> httpx.Response:
    body = {"person_id": str(gone), "into_person_id": str(stays)}
    query = {"school_id": str(school.id)}
    return await school.client.post(
        "/v1/license-merges", json=body, params=query, headers=headers or school.ops
    )


async def _overdraft(school: School, limit: int) -> httpx.Response:
    pool = await school.pool()
    path, query = f"/v1/license-pools/{pool['id']}/overdraft", {"school_id": str(school.id)}
    return await school.client.put(path, json={"limit": limit}, params=query, headers=school.ops)


async def test_a_license_of_a_pupil_who_left_is_released_once(school_with: Make) -> None:
    school = await school_with(1)
    pupil, other = await school.person(), await school.person()
    used = (await school.start(pupil)).json()["license_id"]
    still = await _release(school, used)
    assert (still.status_code, still.json()["why_not"]) == (409, "still_there")
    await _owner_does(school, _ARCHIVE, id=pupil)
    released = await asyncio.gather(*(_release(school, used) for _ in range(5)))
    assert {answer.status_code for answer in released} == {200}
    assert len({answer.text for answer in released}) == 1
    assert await school.ledger() == (1, 0)
    assert (await school.pool())["left"] == 1
    assert (await school.start(other)).json()["license_used_now"] is True


async def test_after_the_grace_period_a_license_stays_used(school_with: Make) -> None:
    school = await school_with(1)
    pupil = await school.person()
    used = (await school.start(pupil)).json()["license_id"]
    await _owner_does(school, _ARCHIVE, id=pupil)
    await _owner_does(school, _EARLIER, id=used)
    late = await _release(school, used)
    assert (late.status_code, late.json()["code"]) == (409, "license_not_releasable")
    assert late.json()["why_not"] == "grace_is_over"
    assert (await school.pool())["left"] == 0


async def test_who_returns_after_a_release_uses_a_license_again(school_with: Make) -> None:
    school = await school_with(1)
    pupil, key = await school.person(), str(new_id())
    moment = (await school.start(pupil, key=key)).json()
    await _owner_does(school, _ARCHIVE, id=pupil)
    await _release(school, moment["license_id"])
    await _owner_does(school, _RETURN, id=pupil)
    repeat = await school.start(pupil, key=key, started_at=moment["started_at"])
    assert repeat.json() == moment
    again = await school.start(pupil)
    assert again.json()["license_used_now"] is True
    assert again.json()["license_id"] != moment["license_id"]
    found = await school.client.get(
        "/v1/licenses",
        params={"school_id": str(school.id), "person_id": str(pupil)},
        headers=school.ops,
    )
    assert [item["released_at"] is None for item in found.json()["items"]] == [False, True]


async def test_another_schools_license_does_not_exist(school_with: Make) -> None:
    school, elsewhere = await school_with(1), await school_with(1)
    theirs = (await elsewhere.start(await elsewhere.person())).json()["license_id"]
    for unknown in (theirs, str(new_id())):
        answer = await _release(school, unknown)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    query = {"school_id": str(school.id)}
    mine = await school.client.get("/v1/licenses", params=query, headers=school.ops)
    assert mine.json()["items"] == []


async def test_two_persons_who_are_one_count_once(school_with: Make) -> None:
    school = await school_with(5)
    gone, stays = await school.person(), await school.person()
    for pupil in (gone, stays):
        await school.start(pupil)
    for _ in range(2):
        merged = await _merge(school, gone, stays)
        assert merged.json() == {"person_id": str(gone), "counts_as": str(stays)}
    assert (await school.pool())["used"] == 1
    # Whoever still starts under the old id counts as the one that stays.
    held = (await school.start(stays, activity_id="b")).json()["license_id"]
    again = await school.start(gone, activity_id="c")
    assert (again.json()["license_used_now"], again.json()["license_id"]) == (False, held)


async def test_a_merge_moves_the_license_that_only_one_of_them_has(school_with: Make) -> None:
    school = await school_with(5)
    one, two, three = [await school.person() for _ in range(3)]
    used = (await school.start(one)).json()["license_id"]
    assert (await _merge(school, one, two)).status_code == 200
    assert (await _merge(school, two, three)).status_code == 200
    for pupil in (one, two, three):
        answer = await school.start(pupil, activity_id="b")
        assert (answer.json()["license_used_now"], answer.json()["license_id"]) == (False, used)
    assert await school.ledger() == (5, 1)
    back = await _merge(school, three, one)
    assert back.json()["counts_as"] == str(three)


async def test_merges_and_starts_at_once_count_one_person(school_with: Make) -> None:
    school = await school_with(9)
    people = [await school.person() for _ in range(4)]
    merges = [_merge(school, people[n], people[(n + 1) % 4]) for n in range(4)]
    starts = [school.start(pupil, activity_id=f"a{n}") for n in range(2) for pupil in people]
    answers = await asyncio.gather(*merges, *starts)
    assert {answer.status_code for answer in answers} == {200, 201}
    assert (await school.pool())["used"] == 1


async def test_only_pupils_of_the_school_are_merged(school_with: Make) -> None:
    school, elsewhere = await school_with(1), await school_with(1)
    mine, theirs = await school.person(), await elsewhere.person()
    for gone, stays in ((mine, theirs), (theirs, mine), (mine, new_id())):
        answer = await _merge(school, gone, stays)
        assert (answer.status_code, answer.json()["code"]) == (404, "person_unknown")


async def test_the_key_of_one_product_merges_nobody(
    school_with: Make, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    school = await school_with(2)
    gone, stays = await school.person(), await school.person()
    for pupil in (gone, stays):
        await school.start(pupil)
    for headers in (school.numo, await api_key("ops", product="other")):
        answer = await _merge(school, gone, stays, headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert (await school.pool())["used"] == 2


async def test_in_overdraft_pupils_go_on_up_to_the_limit(school_with: Make) -> None:
    school = await school_with(1)
    assert (await _overdraft(school, 2)).json()["overdraft"] == 2
    pupils = [await school.person() for _ in range(8)]
    answers = await asyncio.gather(*map(school.start, pupils))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    told = [a.json() for a in answers if a.status_code == 201]
    assert sorted((t["licenses_left"], t["overdrawn_by"]) for t in told) == [(0, 0), (0, 1), (0, 2)]
    pool = await school.pool()
    assert (pool["used"], pool["left"], pool["overdrawn_by"]) == (3, 0, 2)
    lowered = await _overdraft(school, 1)
    assert [error["field"] for error in lowered.json()["errors"]] == ["limit"]
    assert (await school.grant(-1)).status_code == 422
    assert (await school.grant(1)).json()["pool"]["overdrawn_by"] == 1
    next_year = await school.grant(1, schooljaar="2090-2091")
    assert next_year.json()["pool"]["overdraft"] == 2


async def test_only_ops_say_how_far_a_pool_may_go(
    school_with: Make, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    school, elsewhere = await school_with(1), await school_with(1)
    path = f"/v1/license-pools/{(await school.pool())['id']}/overdraft"
    admin = await school.issuer.headers(school=school.id, role="schoolbeheerder")
    other = await api_key("ops", product="other")
    for headers, query, status in (
        (admin, {}, 403),
        (school.numo, {"school_id": str(school.id)}, 403),
        (other, {"school_id": str(school.id)}, 404),
        (school.ops, {"school_id": str(elsewhere.id)}, 404),
    ):
        answer = await school.client.put(path, json={"limit": 1}, params=query, headers=headers)
        assert answer.status_code == status, answer.text
