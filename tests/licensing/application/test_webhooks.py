"""Events on their way to receivers that are well, away, slow to change or gone."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from services.licensing.application.deliver_webhook import Courier, deliver_webhook
from services.licensing.application.tell_changes import tell_changes
from services.licensing.application.tell_others import TO_WEBHOOK, tell_others
from services.licensing.application.webhook_deliveries import keep_deliveries
from services.licensing.application.webhooks import reseal
from services.licensing.domain.event import Event
from shared.clock import now
from shared.crypto import SecretBox
from shared.database import Database
from shared.ids import new_id
from shared.outbox.drain import drain_outbox
from shared.untrusted_url import OutsideClient
from tests.fixtures.http import serving
from tests.licensing.conftest import OUTSIDE, School
from tests.licensing.receiver import Receiver

Make = Callable[[int], Awaitable[School]]
_OPEN = "service = 'licensing' AND done_at IS NULL AND dead_at IS NULL"
LATER = text(f"UPDATE outbox SET due_at = now() WHERE {_OPEN}")
FORGET = text(f"UPDATE outbox SET done_at = now() WHERE {_OPEN}")
RESTED = text("UPDATE webhook SET rests_until = now() WHERE id = :id AND failures > 0")
GIVEN_UP = text("UPDATE outbox SET dead_at = now() WHERE topic = :topic AND done_at IS NULL")


class Hook:
    """A webhook of a school's product, its receiver, and the worker that serves it."""

    def __init__(self, school: School, worker: Courier, receiver: Receiver, made: Any) -> None:
        self.school, self.worker, self.receiver, self.made = school, worker, receiver, made

    async def work(self) -> None:
        """What the licensing worker does, with every wait over."""
        await tell_changes(self.worker.database)
        async with self.school.owner.transaction() as connection:
            await connection.execute(LATER)
            await connection.execute(RESTED, {"id": self.made["id"]})
        handlers = {
            **dict.fromkeys(Event, lambda entry: tell_others(self.worker.database, entry)),
            TO_WEBHOOK: lambda entry: deliver_webhook(self.worker, entry),
        }
        await drain_outbox(self.worker.database, "licensing", handlers)

    async def call(self, method: str, below: str, body: Any = None) -> Any:
        headers = {**self.school.ops, "Idempotency-Key": str(new_id())}
        path = f"/v1/webhooks/{self.made['id']}{below}"
        answer = await self.school.client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def deliveries(self) -> list[tuple[str, int]]:
        found = (await self.call("GET", "/deliveries"))["items"]
        return [(delivery["state"], delivery["attempts"]) for delivery in found]


NewHook = Callable[..., Any]


@pytest.fixture
async def new_hook(
    school_with: Make, licensing: Database, owner: Database
) -> AsyncIterator[NewHook]:
    client = OutsideClient(insecure=True)
    worker = Courier(licensing, SecretBox(OUTSIDE["encryption_keys"]), client)
    # What other tests left would go to these receivers as well.
    await tell_changes(licensing)
    async with owner.transaction() as connection:
        await connection.execute(FORGET)
        await connection.execute(text("UPDATE webhook SET active = false"))

    @asynccontextmanager
    async def make(*events: str, school: School | None = None) -> AsyncIterator[Hook]:
        school, receiver = school or await school_with(0), Receiver()
        async with serving(lambda _: receiver.app()) as url:
            body = {"url": f"{url}/hook", "events": events or ["license.granted"]}
            headers = {**school.ops, "Idempotency-Key": str(new_id())}
            made = await school.client.post("/v1/webhooks", json=body, headers=headers)
            yield Hook(school, worker, receiver, made.json())

    yield make
    await client.close()


async def test_an_event_comes_once_signed_and_without_a_person(new_hook: NewHook) -> None:
    async with new_hook() as hook:
        await hook.school.grant(5)
        await hook.work()
        await hook.work()
        [(headers, body)] = hook.receiver.got
        assert hook.receiver.all_signed_with(hook.made["secret"])
        assert abs(int(headers["webhook-timestamp"]) - now().timestamp()) < 60
        event = json.loads(body)
        assert (event["type"], event["data"]["granted"]) == ("license.granted", 5)
        assert set(event["data"]) == {
            *("subject_id", "school_id", "license_product", "schooljaar"),
            *("count", "granted", "used", "level"),
        }
        assert await hook.deliveries() == [("delivered", 1)]


async def test_a_receiver_that_is_away_gets_it_later_under_the_same_id(
    new_hook: NewHook,
) -> None:
    async with new_hook() as away, new_hook(school=away.school) as well:
        away.receiver.answers = [503, 302]
        await away.school.grant(5)
        for _ in range(4):
            await away.work()
        assert len(well.receiver.got) == 1
        assert len(away.receiver.got) == 3
        assert set(away.receiver.ids()) == set(well.receiver.ids())
        [delivery] = (await away.call("GET", "/deliveries"))["items"]
        detail = await away.call("GET", f"/deliveries/{delivery['id']}")
        assert [attempt["status"] for attempt in detail["tries"]] == [204, 302, 503]
        assert detail["event_id"] == away.receiver.ids()[0]
        [shown] = [
            item
            for item in (
                await away.school.client.get("/v1/webhooks?limit=500", headers=away.school.ops)
            ).json()["items"]
            if item["id"] == away.made["id"]
        ]
        assert (shown["failures"], shown["rests_until"]) == (0, None)


async def test_a_receiver_that_fails_is_left_alone_for_a_while(new_hook: NewHook) -> None:
    async with new_hook() as hook:
        hook.receiver.answers, hook.receiver.headers = [429], {"retry-after": "300"}
        await hook.school.grant(5)
        await hook.work()
        async with hook.school.owner.transaction() as connection:
            await connection.execute(LATER)
            until = await connection.scalar(
                text("SELECT rests_until FROM webhook WHERE id = :id"), {"id": hook.made["id"]}
            )
        assert until - now() > timedelta(seconds=280)
        handlers = {TO_WEBHOOK: lambda entry: deliver_webhook(hook.worker, entry)}
        await drain_outbox(hook.worker.database, "licensing", handlers)
        assert len(hook.receiver.got) == 1
        assert await hook.deliveries() == [("pending", 1)]


async def test_for_a_day_both_secrets_sign_also_when_sealed_anew(new_hook: NewHook) -> None:
    async with new_hook() as hook:
        rotated = await hook.call("POST", "/rotate-secret")
        newest = SecretStr(Fernet.generate_key().decode())
        old = OUTSIDE["encryption_keys"].get_secret_value()
        keys = SecretStr(f"{newest.get_secret_value()},{old}")
        assert await reseal(hook.worker.database, SecretBox(keys)) >= 1
        hook.worker = replace(hook.worker, box=SecretBox(newest))
        await hook.school.grant(5)
        await hook.work()
        assert len(hook.receiver.got) == 1
        for secret in (hook.made["secret"], rotated["secret"]):
            assert hook.receiver.all_signed_with(secret)
        old_first = SecretStr(f"{old},{newest.get_secret_value()}")
        await reseal(hook.worker.database, SecretBox(old_first))


async def test_who_answers_gone_is_not_called_again(new_hook: NewHook) -> None:
    async with new_hook() as hook:
        hook.receiver.answers = [410]
        await hook.school.grant(5)
        await hook.work()
        await hook.school.grant(5)
        await hook.work()
        assert len(hook.receiver.got) == 1
        assert (await hook.call("PATCH", "", {}))["active"] is False
        assert await hook.deliveries() == [("cancelled", 1)]


async def test_a_receiver_that_does_not_answer_is_given_up_and_replayed(
    new_hook: NewHook,
) -> None:
    async with new_hook() as hook:
        began = now()
        hook.receiver.answers = [500]
        await hook.school.grant(5)
        await hook.work()
        async with hook.school.owner.transaction() as connection:
            await connection.execute(GIVEN_UP, {"topic": TO_WEBHOOK})
        assert await hook.deliveries() == [("given_up", 1)]
        [delivery] = (await hook.call("GET", "/deliveries?state=given_up"))["items"]
        for _ in range(2):
            again = await hook.call("POST", f"/deliveries/{delivery['id']}/replay")
            assert again["state"] == "pending"
        await hook.work()
        assert await hook.deliveries() == [("delivered", 2)]
        period = {"since": began.isoformat(), "until": now().isoformat()}
        assert await hook.call("POST", "/replay", period) == {"count": 0}
        repeat = {**period, "also_delivered": True}
        assert await hook.call("POST", "/replay", repeat) == {"count": 1}
        assert await hook.call("POST", "/replay", repeat) == {"count": 0}
        await hook.work()
        assert len(set(hook.receiver.ids())) == 1
        assert len(hook.receiver.got) == 3
        await keep_deliveries(hook.worker.database, now() + timedelta(days=29), 30)
        assert await hook.deliveries() == [("delivered", 3)]
        await keep_deliveries(hook.worker.database, now() + timedelta(days=31), 30)
        assert await hook.deliveries() == []


async def test_what_a_webhook_missed_can_be_sent_after_all(new_hook: NewHook) -> None:
    async with new_hook() as hook:
        began = now()
        await hook.call("PATCH", "", {"active": False})
        await hook.school.grant(5)
        await hook.work()
        await hook.call("PATCH", "", {"active": True})
        await hook.work()
        assert hook.receiver.got == []
        period = {"since": began.isoformat(), "until": (now() + timedelta(1)).isoformat()}
        assert await hook.call("POST", "/replay", period) == {"count": 1}
        await hook.work()
        assert len(hook.receiver.got) == 1
        assert UUID(hook.receiver.ids()[0])
