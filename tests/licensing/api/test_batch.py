"""Starts that were kept while licensing was away, and sent later, together."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from deploy.local.programs import free_port
from services.licensing.app import build
from services.licensing.settings import LicensingSettings
from shared.clock import now
from shared.database import Database
from shared.ids import new_id
from tests.fixtures.http import serving
from tests.licensing.conftest import OUTSIDE, PRODUCT, School

Make = Callable[[int], Awaitable[School]]


def _item(person: UUID, **other: Any) -> dict[str, Any]:
    return {
        "person_id": str(person),
        "license_product": PRODUCT,
        "activity_kind": "oefening",
        "activity_id": "breuken-1",
        "started_at": now().isoformat(),
        "idempotency_key": str(new_id()),
        **other,
    }


async def _send(school: School, items: list[Any], url: str = "") -> httpx.Response:
    query = {"school_id": str(school.id)}
    return await school.client.post(
        f"{url}/v1/license-uses:batch", json={"items": items}, params=query, headers=school.numo
    )


def _statuses(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [result["status"] for result in answer.json()["results"]]


async def test_each_start_gets_the_answer_it_would_have_had_alone(school_with: Make) -> None:
    school, elsewhere = await school_with(2), await school_with(1)
    one, two, three = [await school.person() for _ in range(3)]
    items = [
        _item(one),
        _item(one, activity_id="b"),
        _item(await elsewhere.person()),
        _item(two, started_at=(now() - timedelta(days=40)).isoformat()),
        {"person_id": "12", "naam": "Fenna"},
        10**400,
        _item(two, license_product="taal"),
        _item(two, idempotency_key=None),
        _item(three),
    ]
    answer = await _send(school, items)
    assert _statuses(answer) == [201, 201, 404, 422, 422, 422, 422, 201, 409]
    results = answer.json()["results"]
    used = [result["use"]["license_used_now"] for result in results if result["use"]]
    left = [result["use"]["licenses_left"] for result in results if result["use"]]
    assert (used, left) == ([True, False, True], [1, 1, 0])
    wrong = [error["field"] for error in results[4]["problem"]["errors"]]
    assert {"person_id", "naam"} <= set(wrong)
    assert "Fenna" not in answer.text
    alone = await school.start(three)
    assert results[8]["problem"] == alone.json()
    assert (await _send(school, items)).json() == answer.json()
    assert await school.ledger() == (2, 2)


async def test_one_key_in_a_batch_is_one_start(school_with: Make) -> None:
    school = await school_with(2)
    pupil = await school.person()
    same = _item(pupil, idempotency_key="k")
    answer = await _send(school, [same, {**same, "activity_id": "b"}, same])
    assert _statuses(answer) == [201, 409, 201]
    first, _, repeat = answer.json()["results"]
    assert first == repeat


async def test_batches_of_many_frontends_at_once_use_one_license_a_pupil(
    school_with: Make,
) -> None:
    school = await school_with(12)
    pupils = [await school.person() for _ in range(12)]
    batches = [
        [_item(pupil, activity_id=f"{n}") for pupil in (pupils if n % 2 else pupils[::-1])]
        for n in range(8)
    ]
    answers = await asyncio.gather(*(_send(school, batch) for batch in batches))
    assert {status for answer in answers for status in _statuses(answer)} == {201}
    assert await school.ledger() == (12, 12)


async def test_a_batch_has_bounds(school_with: Make) -> None:
    school = await school_with(1)
    pupil = await school.person()
    for items in ([], [_item(pupil)] * 501):
        answer = await _send(school, items)
        assert [error["field"] for error in answer.json()["errors"]] == ["items"]
    huge = await _send(school, [_item(pupil, activity_id="x" * 10_000_000)])
    assert (huge.status_code, huge.json()["code"]) == (413, "body_too_large")
    assert await school.ledger() == (1, 0)


async def test_a_pupil_sends_no_start_of_another(school_with: Make) -> None:
    school = await school_with(2)
    pupil, other = await school.person(), await school.person()
    mine = await school.issuer.headers(school=school.id, role="leerling", person=pupil)
    answer = await school.client.post(
        "/v1/license-uses:batch", json={"items": [_item(other), _item(pupil)]}, headers=mine
    )
    assert _statuses(answer) == [404, 201]


async def test_a_lesson_goes_on_while_licensing_is_away_and_counts_once_later(
    school_with: Make, settings_for: Callable[..., LicensingSettings], licensing_url: str
) -> None:
    school = await school_with(3)
    kept = [_item(await school.person()) for _ in range(3)]
    nowhere = f"postgresql+psycopg://x:x@127.0.0.1:{free_port()}/x"
    settings = settings_for(LicensingSettings, database_url=nowhere, **OUTSIDE)
    async with serving(lambda _: build(settings)) as broken:
        # The frontend's rule: start the lesson, keep the call, send it later.
        token = await school.issuer.headers(
            school=school.id, role="leerling", person=kept[0]["person_id"]
        )
        body = {name: value for name, value in kept[0].items() if name != "idempotency_key"}
        for path, sent in (("license-uses", body), ("license-uses:batch", {"items": kept[:1]})):
            answer = await school.client.post(f"{broken}/v1/{path}", json=sent, headers=token)
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    later = [await _send(school, kept, licensing_url) for _ in range(2)]
    assert _statuses(later[0]) == [201, 201, 201]
    assert later[0].json() == later[1].json()
    assert await school.ledger() == (3, 3)


async def test_a_start_waits_for_its_pool_for_a_bounded_time(
    school_with: Make, owner: Database
) -> None:
    school = await school_with(1)
    pupil = await school.person()
    bound = "ALTER FUNCTION start_license_uses(jsonb, boolean) SET lock_timeout = '{}'"
    async with owner.transaction() as connection:
        await connection.execute(text(bound.format("100ms")))
    async with owner.transaction(school.id) as connection:
        await connection.execute(text("SELECT 1 FROM license_pool FOR UPDATE"))
        waited = await school.start(pupil, key="k")
    async with owner.transaction() as connection:
        await connection.execute(text(bound.format("5s")))
    assert (waited.status_code, waited.json()["code"]) == (503, "unavailable")
    assert (await school.start(pupil, key="k")).status_code == 201
