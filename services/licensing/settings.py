"""Settings of licensing, read from the environment with prefix LICENSING_."""

from pydantic import Field

from shared.settings import ServiceSettings


class LicensingSettings(ServiceSettings, env_prefix="LICENSING_"):
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
