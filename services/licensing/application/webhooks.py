"""Webhooks of other Kurve systems: made, changed, and given a new secret by ops."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.domain.event import Event
from services.licensing.domain.webhook import BOTH_SECRETS, SECRET_BYTES, written
from services.licensing.store.webhooks import (
    Webhook,
    add_webhook,
    change_webhook,
    find_webhook,
    find_webhooks,
    lock_webhooks,
)
from shared.auth.principal import ApiCaller
from shared.clock import now
from shared.crypto import SecretBox
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.idempotency.first_answer import first_answer
from shared.untrusted_url import require_postable

SERVICE = "licensing"
_Act = Callable[[AsyncConnection], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Desk:
    """Where ops keep webhooks. `insecure` (development only) allows http and private receivers."""

    database: Database
    box: SecretBox
    insecure: bool


@dataclass(frozen=True)
class WantedWebhook:
    """Which events are to go where; `product` null for those of every Kurve product."""

    url: str
    events: Sequence[Event]
    product: str | None


async def create_webhook(
    desk: Desk, wanted: WantedWebhook, ops: ApiCaller, key: str
) -> tuple[Webhook, SecretStr]:
    """Keep a webhook, once per key, and the secret that its receiver is to be given.

    Raises:
        Refusal: product_unknown, also for a Kurve product that the caller may not see,
            invalid_request for a URL that may not be posted to, idempotency_key_reused.

    """
    _require_url(desk, wanted.url)
    product = ops.product if wanted.product is None else wanted.product
    if ops.product not in {None, product}:
        raise Refusal(ErrorCode.PRODUCT_UNKNOWN)
    row = {
        "product": product,
        "url": wanted.url,
        "events": sorted(set(wanted.events)),
        "created_by": ops.audit_name,
    }

    async def act(connection: AsyncConnection) -> dict[str, Any]:
        return {"id": str(await add_webhook(connection, row | {"secret": _sealed(desk)}))}

    request = {"create": row}
    try:
        return await _once(desk, ops, key, request, act)
    except IntegrityError:
        # The one thing that a webhook refers to is its Kurve product.
        raise Refusal(ErrorCode.PRODUCT_UNKNOWN) from None


async def rotate_secret(
    desk: Desk, webhook_id: UUID, ops: ApiCaller, key: str
) -> tuple[Webhook, SecretStr]:
    """Give a webhook a new secret; for a day the one before signs too.

    Raises:
        Refusal: not_found, idempotency_key_reused.

    """

    async def act(connection: AsyncConnection) -> dict[str, Any]:
        found = await require_webhook(connection, webhook_id, ops, lock=True)
        values = {
            "secret": _sealed(desk),
            "secret_before": found.secret,
            "secret_before_until": now() + BOTH_SECRETS,
        }
        await change_webhook(connection, webhook_id, values)
        return {"id": str(webhook_id)}

    return await _once(desk, ops, key, {"rotate": str(webhook_id)}, act)


async def change_stated(
    desk: Desk, webhook_id: UUID, stated: dict[str, Any], ops: ApiCaller
) -> Webhook:
    """Change its URL, its events, or whether it is active; asking again changes nothing.

    One that is switched on again is tried at once, however often it failed before.

    Raises:
        Refusal: not_found, or invalid_request for a URL that may not be posted to.

    """
    if "url" in stated:
        _require_url(desk, stated["url"])
    values = dict(stated)
    if "events" in values:
        values["events"] = sorted(set(values["events"]))
    if stated.get("active") or "url" in stated:
        values |= {"failures": 0, "rests_until": None}
    async with desk.database.transaction() as connection:
        await require_webhook(connection, webhook_id, ops)
        if values:
            await change_webhook(connection, webhook_id, values)
        return await require_webhook(connection, webhook_id, ops)


async def reseal(database: Database, box: SecretBox) -> int:
    """Put every secret under the newest key, all or none, so that an older one can be taken away.

    Safe while webhooks are served, and to repeat; returns how many webhooks there are.

    Raises:
        cryptography.fernet.InvalidToken: no key opens one of them.

    """
    async with database.transaction() as connection:
        found = await lock_webhooks(connection)
        for webhook in found:
            before = webhook.secret_before
            values = {
                "secret": box.rotate(webhook.secret),
                "secret_before": None if before is None else box.rotate(before),
            }
            await change_webhook(connection, webhook.id, values)
    return len(found)


async def read_webhooks(
    desk: Desk, ops: ApiCaller, *, after: UUID | None, limit: int
) -> list[Webhook]:
    """Those that the caller may see, oldest first."""
    async with desk.database.transaction() as connection:
        return await find_webhooks(connection, only_product=ops.product, after=after, limit=limit)


async def require_webhook(
    connection: AsyncConnection, webhook_id: UUID, ops: ApiCaller, *, lock: bool = False
) -> Webhook:
    """The webhook, locked until the transaction ends if asked; not_found for another product's."""
    found = await find_webhook(connection, webhook_id, ops.product, lock=lock)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return found


async def _once(
    desk: Desk, ops: ApiCaller, key: str, request: dict[str, Any], act: _Act
) -> tuple[Webhook, SecretStr]:
    # The kept answer holds the id only: a secret is nowhere in the clear.
    async with desk.database.transaction() as connection:
        answer = await first_answer(
            connection,
            service=SERVICE,
            caller=ops.audit_name,
            key=key,
            request=request,
            act=lambda: act(connection),
        )
        found = await require_webhook(connection, UUID(answer["id"]), ops)
    return found, desk.box.open(found.secret)


def _sealed(desk: Desk) -> bytes:
    return desk.box.seal(SecretStr(written(secrets.token_bytes(SECRET_BYTES))))


def _require_url(desk: Desk, url: str) -> None:
    try:
        require_postable(url, insecure=desk.insecure)
    except ValueError as wrong:
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=(FieldError("url", str(wrong)),)) from None
