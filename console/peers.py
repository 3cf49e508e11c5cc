"""How the command reaches the services: their URLs, an API key, and errors in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import httpx
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Service = Literal["connector", "importer", "licensing"]
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class SettingMissingError(Exception):
    """An environment variable that this command needs is not set."""


class PeerRefusedError(Exception):
    """A service said no; the message is its own explanation."""


class ConsoleSettings(BaseSettings):
    """Where the services are and who is asking."""

    model_config = SettingsConfigDict(env_prefix="KOPPELING_", env_ignore_empty=True)

    connector_url: str | None = None
    importer_url: str | None = None
    licensing_url: str | None = None
    api_key: SecretStr | None = None


class OwnerSettings(BaseSettings):
    """The schema owner's database."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    database_url: SecretStr | None = None


def owner_url() -> str:
    """DATABASE_URL; SettingMissingError when it is not set."""
    url = OwnerSettings().database_url
    if url is None:
        msg = "set DATABASE_URL to the database's owner, e.g. postgresql://owner:…@host/koppeling"
        raise SettingMissingError(msg)
    return url.get_secret_value()


@contextmanager
def peer(service: Service) -> Iterator[httpx.Client]:
    """A client of one service, with the API key of the environment.

    Raises:
        SettingMissingError: KOPPELING_<SERVICE>_URL or KOPPELING_API_KEY is not set.

    """
    settings = ConsoleSettings()
    url = getattr(settings, f"{service}_url")
    if url is None or settings.api_key is None:
        msg = f"set KOPPELING_{service.upper()}_URL and KOPPELING_API_KEY first"
        raise SettingMissingError(msg)
    headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}
    with httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT) as client:
        yield client


def answer_of(response: httpx.Response) -> Any:  # noqa: ANN401 - any JSON
    """The body of an answer.

    Raises:
        PeerRefusedError: the answer is a problem; the message has its code and explanation.

    """
    if response.is_success:
        return response.json()
    try:
        found = response.json()
        fields = "".join(f"\n  {e['field']}: {e['message']}" for e in found.get("errors", []))
        msg = f"{found['code']}: {found['detail']}{fields}"
    except (ValueError, KeyError, TypeError):
        msg = f"unexpected answer {response.status_code}"
    raise PeerRefusedError(msg)
