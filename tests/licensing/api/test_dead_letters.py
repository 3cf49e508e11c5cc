"""What licensing gave up: for ops of all products."""

from collections.abc import Awaitable, Callable

from sqlalchemy import text

from shared.ids import new_id
from tests.licensing.conftest import School

BURY = text("""
    INSERT INTO outbox (id, service, topic, subject_id, facts, attempts, dead_at, last_error)
    VALUES (:id, 'licensing', 'mail.pool_level', :id, '{}', 108, now(), 'SMTPConnectError')
""")


async def test_ops_see_what_was_given_up_and_have_it_tried_again(
    school_with: Callable[[int], Awaitable[School]],
    api_key: Callable[..., Awaitable[dict[str, str]]],
) -> None:
    school, buried = await school_with(0), new_id()
    async with school.owner.transaction() as connection:
        await connection.execute(BURY, {"id": buried})

    async def listed(headers: dict[str, str]) -> list[str]:
        answer = await school.client.get("/v1/dead-letters", headers=headers)
        return [letter["id"] for letter in answer.json()["items"]]

    path = f"/v1/dead-letters/{buried}/retry"
    for other in (await api_key("ops", product="numo"), school.numo):
        assert (await school.client.get("/v1/dead-letters", headers=other)).status_code == 403
        assert (await school.client.post(path, headers=other)).status_code == 403
    assert str(buried) in await listed(school.ops)
    for _ in range(2):
        again = await school.client.post(path, headers=school.ops)
        assert (again.status_code, again.json()["dead_at"]) == (202, None)
    assert again.json()["attempts"] == 0
    assert str(buried) not in await listed(school.ops)
