"""Postgres and Redis: those that the environment names, else embedded ones."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.postgres import embedded_postgres
from deploy.local.redis import embedded_redis


class LocalServers(BaseSettings):
    """DATABASE_URL and REDIS_URL: servers to use instead of embedded ones.

    The database's user must be allowed to create databases and roles.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True)

    database_url: str | None = None
    redis_url: str | None = None


@dataclass(frozen=True)
class ServerUrls:
    """An administrator's URL of Postgres, and a URL of Redis."""

    postgres_admin: str
    redis: str


@contextmanager
def servers(*, durable: bool = False) -> Iterator[ServerUrls]:
    """Both servers for as long as the block runs."""
    given = LocalServers()
    with ExitStack() as stack:
        postgres = given.database_url or stack.enter_context(embedded_postgres(durable=durable))
        redis = given.redis_url or stack.enter_context(embedded_redis())
        # SQLAlchemy's name of the driver means nothing to libpq.
        plain = postgres.replace("postgresql+psycopg://", "postgresql://", 1)
        yield ServerUrls(plain, redis)
