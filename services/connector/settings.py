"""Settings of the connector, read from the environment with prefix CONNECTOR_."""

from pydantic import Field

from shared.crypto import EncryptionKeys
from shared.mail.settings import MailSettings
from shared.settings import ServiceSettings


class ConnectorSettings(MailSettings, ServiceSettings, env_prefix="CONNECTOR_"):
    """What the connector needs besides what every service needs."""

    somtoday_api_url: str = Field(description="base of Connect, e.g. https://…/rest/v1")
    somtoday_token_url: str = Field(description="where Somtoday gives tokens")
    somtoday_attempts: int = Field(4, ge=1, description="tries of one call before giving up")
    somtoday_wait_seconds: float = Field(0.5, ge=0, description="least wait between two tries")
    somtoday_longest_wait_seconds: float = Field(
        30.0, ge=0, description="longest wait; a longer Retry-After ends the call"
    )
    somtoday_calls_per_second: int = Field(
        50, ge=1, description="calls of all workers and replicas together, in any second"
    )
    somtoday_concurrency: int = Field(
        8, ge=1, le=20, description="calls that one process has under way at once"
    )
    somtoday_circuit_failures: int = Field(
        5, ge=1, description="failed calls in a row after which an organisation is left alone"
    )
    somtoday_circuit_organisations: int = Field(
        3, ge=1, description="organisations failing in a row after which Somtoday is left alone"
    )
    somtoday_circuit_seconds: float = Field(
        30.0, gt=0, description="how long either is left alone before one call tries again"
    )
    encryption_keys: EncryptionKeys = Field(
        description="comma-separated Fernet keys, the newest first"
    )
    ops_email: str | None = Field(
        None,
        pattern=r"^[^@\s]+@[^@\s]+$",
        description="who gets the daily overview; without one there is none",
    )
    failing_after_hours: float = Field(
        24.0, gt=0, description="a school is mailed when its koppeling is degraded for so long"
    )
    verify_active_seconds: float = Field(
        3600.0, gt=0, description="between two checks of a koppeling that is active or revoked"
    )
    verify_waiting_seconds: float = Field(
        300.0, gt=0, description="between two checks of a koppeling that is not active yet"
    )
    verify_lease_seconds: float = Field(
        60.0, gt=0, description="after this a check that was cut off may be made again"
    )
    sweep_seconds: int = Field(
        15, ge=1, le=60, description="between two looks for checks that are due"
    )
    drain_seconds: int = Field(5, ge=1, le=60, description="between two looks into the outbox")
