"""Open the client of Somtoday with its connections, for as long as a process runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.calls import Caller
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.oauth import TokenStore
from services.connector.somtoday.pace import Pace
from shared.collector import let_schools_pass
from shared.crypto import SecretBox
from shared.http import new_client


@asynccontextmanager
async def open_somtoday(
    settings: ConnectorSettings, box: SecretBox
) -> AsyncIterator[SomtodayClient]:
    """A client that shares its tokens with every other process through Redis."""
    let_schools_pass()
    redis = Redis.from_url(settings.redis_url.get_secret_value())
    http = new_client()
    try:
        caller = Caller(settings, http, Pace(settings, redis))
        yield SomtodayClient(settings, caller, TokenStore(settings, redis, box, caller))
    finally:
        await http.aclose()
        await redis.aclose()
