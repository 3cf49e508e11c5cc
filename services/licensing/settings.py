"""Settings of licensing, read from the environment with prefix LICENSING_."""

from pydantic import Field

from shared.crypto import EncryptionKeys
from shared.mail.settings import MailSettings
from shared.settings import ServiceSettings


class LicensingSettings(MailSettings, ServiceSettings, env_prefix="LICENSING_"):
    """What licensing and its worker need besides what every service needs."""

    log_months: int = Field(
        26, ge=3, description="months that the log of starts is kept; licenses stay for ever"
    )
    tell_seconds: int = Field(
        30, ge=1, le=59, description="seconds between two looks for licenses used and pools low"
    )
    drain_seconds: int = Field(
        10, ge=1, le=59, description="seconds between two looks for events to deliver"
    )
    encryption_keys: EncryptionKeys = Field(
        description="comma-separated Fernet keys, the newest first; they seal webhooks' secrets"
    )
    webhook_insecure: bool = Field(
        default=False, description="development only: webhooks on http and on private addresses"
    )
    webhook_log_days: int = Field(
        90, ge=7, description="days that deliveries to webhooks and their tries are kept"
    )
    ops_email: str | None = Field(
        None,
        pattern=r"^[^@\s]+@[^@\s]+$",
        description="who is mailed at Kurve when a pool runs low; without one nobody",
    )
