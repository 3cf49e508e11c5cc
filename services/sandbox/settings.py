"""Settings of the sandbox, read from the environment with prefix SANDBOX_."""

from datetime import date

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.sandbox.generate.school import MOST_PUPILS


class Settings(BaseSettings):
    """What a run of the sandbox can be told from outside."""

    model_config = SettingsConfigDict(env_prefix="SANDBOX_", extra="ignore")

    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1)
    seed: int = 1
    today: date | None = None
    token_seconds: int = Field(default=3600, ge=1)
    small_pupils: int = Field(default=30, ge=20, le=MOST_PUPILS)
    medium_pupils: int = Field(default=300, ge=20, le=MOST_PUPILS)
    large_pupils: int = Field(default=2500, ge=20, le=MOST_PUPILS)


class SettingsError(Exception):
    """The environment lacks a setting, or holds a wrong one."""


def load_settings() -> Settings:
    """Read the settings and name every variable that is missing or wrong.

    Raises:
        SettingsError: with the names of the variables, never their values.
    """
    try:
        return Settings()
    except ValidationError as error:
        names = sorted({f"SANDBOX_{item['loc'][0]}".upper() for item in error.errors()})
        raise SettingsError(f"Missing or wrong setting: {', '.join(names)}") from None
