"""The schema owner's database, for the subcommands that work on it without a service."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.exc import OperationalError

from console.mistake import MistakeError


class OwnerSettings(BaseSettings):
    """The schema owner's database."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    database_url: SecretStr | None = None


@contextmanager
def owner_database_url() -> Iterator[str]:
    """DATABASE_URL, for a block that works on it.

    Raises:
        MistakeError: it is not set, cannot be reached, or refuses its user.

    """
    url = OwnerSettings().database_url
    if url is None:
        msg = "set DATABASE_URL to the database's owner, e.g. postgresql://owner:…@host/koppeling"
        raise MistakeError(msg)
    try:
        yield url.get_secret_value()
    except (OperationalError, psycopg.Error):
        msg = "the database of DATABASE_URL cannot be reached, or refuses its user"
        raise MistakeError(msg) from None
