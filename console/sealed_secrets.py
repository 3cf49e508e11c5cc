"""`koppeling keys rotate-secrets`: the secrets in the database under the newest key."""

import asyncio

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from console.mistake import MistakeError
from console.output import say
from console.owner import owner_database_url
from services.connector.application.rotate_secrets import rotate_secrets as rotate
from shared.auth.api_keys import owner_database
from shared.crypto import SecretBox


class _Keys(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CONNECTOR_", env_ignore_empty=True)

    encryption_keys: SecretStr | None = None


def rotate_secrets() -> None:
    """Encrypt every product's Somtoday secret with the newest of CONNECTOR_ENCRYPTION_KEYS.

    After it, the older keys may be taken out of that setting. Safe while the connector runs.
    """
    keys = _Keys().encryption_keys
    if keys is None:
        msg = "set CONNECTOR_ENCRYPTION_KEYS as the connector has it, the newest key first"
        raise MistakeError(msg)
    try:
        with owner_database_url() as url:
            codes = asyncio.run(_rotated(url, SecretBox(keys)))
    except ValueError as mistake:
        raise MistakeError(str(mistake)) from None
    say(f"{len(codes)} secrets are under the newest key: {', '.join(codes)}")


async def _rotated(url: str, box: SecretBox) -> list[str]:
    database = owner_database(url)
    try:
        return await rotate(database, box)
    finally:
        await database.close()
