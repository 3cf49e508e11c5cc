"""Somtoday's tokens: one per product and organisation, cached encrypted, asked for once.

Client credentials with the organisation in the query (Somtoday Connect; RFC 6749, 4.4).
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import RedisError

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.access import Access
from services.connector.somtoday.calls import Call, Caller, read_object
from services.connector.somtoday.errors import SourceUnavailableError, TokenNotGivenError
from shared.crypto import SecretBox
from shared.telemetry import get_logger

# What public clients assume where the answer does not say.
_USUAL_SECONDS = 3600
_MARGIN_SECONDS = 60
# The holder renews its lock while it asks, so a dead one is in the way for this long at most.
_LOCK_SECONDS = 10.0
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.05
# Only the very value that was read: another process may have put a newer token there.
_DELETE_IF_SAME = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


@dataclass(frozen=True)
class _Token:
    secret: SecretStr
    seconds: int


class TokenStore:
    """Gives tokens, from Redis while they are good; without Redis it asks Somtoday each time."""

    def __init__(
        self, settings: ConnectorSettings, redis: Redis, box: SecretBox, caller: Caller
    ) -> None:
        """Take what the owner of this object opened."""
        self._url = settings.somtoday_token_url
        self._namespace = settings.redis_namespace
        self._redis = redis
        self._box = box
        self._caller = caller
        self._delete_if_same = redis.register_script(_DELETE_IF_SAME)

    async def token(self, access: Access) -> SecretStr:
        """A token that is good for at least a moment.

        Raises:
            TokenNotGivenError: Somtoday refuses one.
            SourceUnavailableError: Somtoday does not answer as it should.

        """
        try:
            cached = await self._cached(access)
            if cached is not None:
                return cached
            async with self._alone(access):
                return await self._cached(access) or await self._renewed(access)
        except (RedisError, OSError) as error:
            get_logger().warning("token_cache_away", error=type(error).__name__)
            return (await self._asked(access)).secret

    async def drop(self, access: Access, refused: SecretStr) -> None:
        """Forget a token that Somtoday refused, unless a newer one took its place."""
        with suppress(RedisError, OSError):
            sealed = await self._redis.get(self._key(access))
            if sealed is not None and self._opened(sealed) == refused:
                await self._delete_if_same(keys=[self._key(access)], args=[sealed])

    def _key(self, access: Access) -> str:
        # Another client or secret means another token: a changed product starts afresh.
        client = f"{access.client_id}\n{access.client_secret.get_secret_value()}"
        digest = hashlib.sha256(client.encode()).hexdigest()[:16]
        who = f"{access.product}:{digest}:{access.organisation_id}"
        return f"{self._namespace}:connector:somtoday-token:{who}"

    async def _cached(self, access: Access) -> SecretStr | None:
        sealed = await self._redis.get(self._key(access))
        return None if sealed is None else self._opened(sealed)

    def _opened(self, sealed: bytes) -> SecretStr | None:
        try:
            return self._box.open(sealed)
        except ValueError:
            return None

    @asynccontextmanager
    async def _alone(self, access: Access) -> AsyncIterator[None]:
        lock = self._redis.lock(
            f"{self._key(access)}:lock", timeout=_LOCK_SECONDS, sleep=_POLL_SECONDS
        )
        if not await lock.acquire(blocking_timeout=_PATIENCE_SECONDS):
            # Whoever holds it is alive and still asks: one more would not fare better.
            msg = "token: none came in time"
            raise SourceUnavailableError(msg)
        keeping = asyncio.create_task(_keep(lock))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            with suppress(RedisError, OSError):
                await lock.release()

    async def _renewed(self, access: Access) -> SecretStr:
        token = await self._asked(access)
        milliseconds = 1000 * token.seconds - min(1000 * _MARGIN_SECONDS, 250 * token.seconds)
        if milliseconds > 0:
            sealed = self._box.seal(token.secret)
            with suppress(RedisError, OSError):
                await self._redis.set(self._key(access), sealed, px=milliseconds)
        return token.secret

    async def _asked(self, access: Access) -> _Token:
        call = Call(
            kind="token",
            method="POST",
            url=self._url,
            params=[("organisation", str(access.organisation_id))],
            form={
                "grant_type": "client_credentials",
                "client_id": access.client_id,
                "client_secret": access.client_secret.get_secret_value(),
            },
            organisation=str(access.organisation_id),
        )
        answer = await self._caller.call(call, read_object)
        if answer.body is None:
            msg = f"token: {answer.status}"
            raise TokenNotGivenError(msg)
        secret, seconds = answer.body.get("access_token"), answer.body.get("expires_in")
        if not isinstance(secret, str) or not secret:
            msg = "token: none in the answer"
            raise SourceUnavailableError(msg)
        return _Token(SecretStr(secret), seconds if isinstance(seconds, int) else _USUAL_SECONDS)


async def _keep(lock: Lock) -> None:
    while True:
        await asyncio.sleep(_LOCK_SECONDS / 3)
        await lock.reacquire()
