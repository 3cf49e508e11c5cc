"""Settings that every service has, and how a service refuses to start without them."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


def _with_driver(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        msg = "must be a postgresql:// URL"
        raise ValueError(msg)
    return SecretStr(f"postgresql+psycopg://{rest}")


DatabaseUrl = Annotated[SecretStr, AfterValidator(_with_driver)]


class ServiceSettings(BaseSettings):
    """What every service reads from its environment; none of it has a default secret."""

    # A variable that is set to nothing is a setting that is missing.
    model_config = SettingsConfigDict(env_ignore_empty=True)

    database_url: DatabaseUrl = Field(description="Postgres URL of this service's own role")
    redis_url: SecretStr = Field(description="Redis URL of queues and caches")
    redis_namespace: str = Field("koppeling", description="prefix of queue names and cache keys")
    oidc_issuer: str = Field(description="issuer of Numo's tokens")
    oidc_audience: str = Field(description="audience that Numo's tokens must name")
    oidc_jwks_url: str = Field(description="where the issuer publishes its keys")
    log_level: str = Field("INFO", description="least level that is logged")
    database_pool_size: int = Field(10, ge=1, description="connections to Postgres per process")
    worker_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="port of the worker's /metrics; without one it has none"
    )


Settings = TypeVar("Settings", bound=BaseSettings)


def load_settings(cls: type[Settings]) -> Settings:
    """Read settings from the environment.

    Raises:
        SystemExit: naming each variable that is missing or wrong, never its value.

    """
    try:
        return cls()
    except ValidationError as error:
        prefix = cls.model_config.get("env_prefix", "")
        lines = [
            f"  {prefix}{'_'.join(str(part) for part in item['loc'])}".upper() + f": {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise SystemExit(
            "refusing to start, settings are missing or wrong:\n" + "\n".join(lines)
        ) from None
