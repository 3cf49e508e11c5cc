"""Postgres and Redis: those that the environment names, else embedded ones."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.postgres import embedded_postgres
from deploy.local.programs import NotReadyError
from deploy.local.redis import answers, embedded_redis

_CONNECT_SECONDS = 5


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
    """Both servers for as long as the block runs.

    Raises:
        NotReadyError: a server that the environment names cannot be used as it must.

    """
    given = LocalServers()
    with ExitStack() as stack:
        postgres = given.database_url or stack.enter_context(embedded_postgres(durable=durable))
        redis = given.redis_url or stack.enter_context(embedded_redis())
        # SQLAlchemy's name of the driver means nothing to libpq.
        plain = postgres.replace("postgresql+psycopg://", "postgresql://", 1)
        _check_postgres(plain)
        if not answers(redis):
            msg = "the Redis of REDIS_URL does not answer"
            raise NotReadyError(msg)
        yield ServerUrls(plain, redis)


def _check_postgres(url: str) -> None:
    statement = (
        "SELECT rolsuper OR (rolcreatedb AND rolcreaterole) FROM pg_roles WHERE rolname = user"
    )
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_SECONDS) as connection:
            may = connection.execute(statement).fetchone()
    except psycopg.Error as error:
        msg = f"the Postgres of DATABASE_URL cannot be used: {error}"
        raise NotReadyError(msg) from None
    if may != (True,):
        msg = "the user of DATABASE_URL may not create databases and roles"
        raise NotReadyError(msg)
