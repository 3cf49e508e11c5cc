"""Settings of licensing, read from the environment with prefix LICENSING_."""

from shared.settings import ServiceSettings


class LicensingSettings(ServiceSettings, env_prefix="LICENSING_"):
    """Licensing needs only what every service needs."""
