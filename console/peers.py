"""How the command reaches the services: their URLs, an API key, and errors in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import httpx
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from console.mistake import MistakeError

Service = Literal["connector", "importer", "licensing"]
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class ConsoleSettings(BaseSettings):
    """Where the services are and who is asking."""

    model_config = SettingsConfigDict(env_prefix="KOPPELING_", env_ignore_empty=True)

    connector_url: str | None = None
    importer_url: str | None = None
    licensing_url: str | None = None
    api_key: SecretStr | None = None


@contextmanager
def peer(service: Service) -> Iterator[httpx.Client]:
    """A client of one service, with the API key of the environment.

    Raises:
        MistakeError: KOPPELING_<SERVICE>_URL or KOPPELING_API_KEY is not set, or nothing answers.

    """
    settings = ConsoleSettings()
    url = getattr(settings, f"{service}_url")
    if url is None or settings.api_key is None:
        msg = f"set KOPPELING_{service.upper()}_URL and KOPPELING_API_KEY first"
        raise MistakeError(msg)
    headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT) as client:
            yield client
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = f"no answer from the {service} at KOPPELING_{service.upper()}_URL={url}"
        raise MistakeError(f"{why} ({type(error).__name__})") from None


def answer_of(response: httpx.Response) -> Any:  # noqa: ANN401 - any JSON
    """The body of an answer.

    Raises:
        MistakeError: the answer is a problem; the message has its code and what it says of fields
            and brakes.

    """
    if response.is_success:
        return response.json()
    try:
        found = response.json()
        fields = "".join(f"\n  {e['field']}: {e['message']}" for e in found.get("errors", []))
        possible = ", ".join(found.get("possible", []))
        more = f" (now possible: {possible})" if possible else ""
        brakes = "".join(f"\n  {brake['detail']}" for brake in found.get("brakes", []))
        msg = f"{found['code']}: {found['title']}{more}{fields}{brakes}"
    except (ValueError, KeyError, TypeError):
        msg = f"unexpected answer {response.status_code}"
    raise MistakeError(msg)
