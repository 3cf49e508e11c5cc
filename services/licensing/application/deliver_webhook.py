"""Bring an event to a webhook: signed, once at a time, and every try logged."""

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from services.licensing.domain.webhook import rest, signature_headers
from services.licensing.store.deliveries import Attempt, Delivery, find_delivery, note_attempt
from services.licensing.store.webhooks import (
    Webhook,
    both_secrets,
    change_webhook,
    find_webhook,
    note_success,
)
from shared.clock import now
from shared.crypto import SecretBox
from shared.database import Database
from shared.outbox.drain import OutboxEntry
from shared.untrusted_url import NotPublicError, OutsideClient

_SENT_AS = {"content-type": "application/json", "user-agent": "Koppeling-Webhooks/1"}


class NotDeliveredError(Exception):
    """The receiver did not take it, or is left alone for now; the outbox tries again."""


@dataclass(frozen=True)
class Courier:
    """What it takes to bring an event to a webhook."""

    database: Database
    box: SecretBox
    client: OutsideClient


@dataclass(frozen=True)
class _Outcome:
    attempt: Attempt
    retry_after: int | None = None

    @property
    def delivered(self) -> bool:
        status = self.attempt.status or 0
        return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


async def deliver_webhook(courier: Courier, entry: OutboxEntry) -> None:
    """Try one delivery; nothing is sent when it arrived before, or the webhook was switched off.

    Raises:
        NotDeliveredError: any answer but a 2xx, or none.

    """
    async with courier.database.transaction() as connection:
        delivery = await find_delivery(connection, entry.subject_id)
        found = None
        if delivery is not None and delivery.delivered_at is None:
            found = await find_webhook(connection, delivery.webhook_id, None)
    if delivery is None or found is None or not found.active:
        return
    if found.rests_until is not None and found.rests_until > now():
        raise NotDeliveredError
    outcome = await _try(courier, found, delivery)
    async with courier.database.transaction() as connection:
        await note_attempt(connection, delivery.id, outcome.attempt, delivered=outcome.delivered)
        if outcome.delivered:
            await note_success(connection, found.id)
        else:
            await change_webhook(connection, found.id, _after_failure(found, outcome))
    if not outcome.delivered and outcome.attempt.status != HTTPStatus.GONE:
        raise NotDeliveredError


async def _try(courier: Courier, found: Webhook, delivery: Delivery) -> _Outcome:
    moment = now()
    body = json.dumps(delivery.payload, separators=(",", ":"), ensure_ascii=False).encode()
    secrets = [courier.box.open(sealed).get_secret_value() for sealed in both_secrets(found)]
    headers = _SENT_AS | signature_headers(secrets, delivery.event_id, moment, body)
    began = time.perf_counter()
    try:
        answer = await courier.client.post(found.url, body, headers)
    except (httpx.HTTPError, NotPublicError, OSError, ValueError) as error:
        spent = round((time.perf_counter() - began) * 1000)
        return _Outcome(Attempt(moment, None, type(error).__name__, spent))
    attempt = Attempt(moment, answer.status, None, answer.milliseconds)
    return _Outcome(attempt, answer.retry_after)


def _after_failure(found: Webhook, outcome: _Outcome) -> dict[str, Any]:
    if outcome.attempt.status == HTTPStatus.GONE:
        # The receiver says that it wants no more (Standard Webhooks, "Delivery success").
        return {"active": False}
    failures = found.failures + 1
    return {"failures": failures, "rests_until": now() + rest(failures, outcome.retry_after)}
