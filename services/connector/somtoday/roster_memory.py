"""What each koppeling's last whole roster was made from, in Redis: digests, nobody's data.

Redis may be lost at any time: then a roster is read, translated and compared as if it were new.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.connector.domain.observation import Appearance, Trait
from services.connector.settings import ConnectorSettings
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.seen import Place
from shared.crypto import derived_key
from shared.telemetry import get_logger

_KEPT_SECONDS = 60 * 24 * 3600


@dataclass(frozen=True)
class Remembered:
    """A roster that was read to its end.

    `ground` is the digest of all that it follows from besides the pages; it holds from the day
    `day` up to, and not on, `until`. `content` is the digest of its records.
    """

    ground: str
    day: date
    until: date | None
    pages: Sequence[tuple[Place, Sequence[str]]]
    appeared: Sequence[Appearance]
    content: str

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(
            {
                "ground": self.ground,
                "day": self.day.isoformat(),
                "until": self.until and self.until.isoformat(),
                "pages": [[site, kind.name, digests] for (site, kind), digests in self.pages],
                "appeared": list(self.appeared),
                "content": self.content,
            }
        )

    @classmethod
    def of_json(cls, kept: bytes) -> Self:
        """What was kept; ValueError or KeyError when another release kept it otherwise."""
        found = json.loads(kept)
        return cls(
            ground=found["ground"],
            day=date.fromisoformat(found["day"]),
            until=date.fromisoformat(found["until"]) if found["until"] else None,
            pages=[((site, Kind[kind]), digests) for site, kind, digests in found["pages"]],
            appeared=[(site, Trait(trait), word) for site, trait, word in found["appeared"]],
            content=found["content"],
        )

    def holds(self, ground: str, day: date) -> bool:
        """Whether the same pages would still give the same roster."""
        return (
            self.ground == ground and self.day <= day and (self.until is None or day < self.until)
        )


class RosterMemory:
    """Remembers one roster a koppeling; `key` is for the digests of pages."""

    def __init__(self, settings: ConnectorSettings, redis: Redis) -> None:
        """Take a Redis that the owner of this object closes."""
        self._redis = redis
        self._namespace = settings.redis_namespace
        self.key = derived_key(settings.encryption_keys, "somtoday pages")

    async def recall(self, koppeling_id: UUID) -> Remembered | None:
        """What is remembered of a koppeling."""
        try:
            kept = await self._redis.get(self._name(koppeling_id))
            return None if kept is None else Remembered.of_json(kept)
        except (RedisError, OSError, ValueError, KeyError, TypeError) as error:
            get_logger().warning("roster_memory_away", error=type(error).__name__)
            return None

    async def remember(self, koppeling_id: UUID, roster: Remembered) -> None:
        """Remember this one and forget the one before it."""
        try:
            await self._redis.set(self._name(koppeling_id), roster.to_json(), ex=_KEPT_SECONDS)
        except (RedisError, OSError) as error:
            get_logger().warning("roster_memory_away", error=type(error).__name__)

    def _name(self, koppeling_id: UUID) -> str:
        return f"{self._namespace}:connector:roster:{koppeling_id}"


@asynccontextmanager
async def open_roster_memory(settings: ConnectorSettings) -> AsyncIterator[RosterMemory]:
    """A memory with a connection of its own."""
    redis = Redis.from_url(settings.redis_url.get_secret_value())
    try:
        yield RosterMemory(settings, redis)
    finally:
        await redis.aclose()
