"""The settings of a local environment's processes: every secret made for it, none kept."""

import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from deploy.local.database import DatabaseUrls
from deploy.local.programs import free_port

AUDIENCE = "numo"
_PARTIES = ("connector", "importer", "licensing", "sandbox", "inbox", "identity", "smtp")


def _local_urls() -> dict[str, str]:
    return {party: f"http://127.0.0.1:{free_port()}" for party in _PARTIES}


@dataclass(frozen=True)
class Configuration:
    """Where each party is and what it is told."""

    databases: DatabaseUrls
    redis_url: str
    urls: dict[str, str] = field(default_factory=_local_urls)
    namespace: str = field(default_factory=lambda: f"local-{secrets.token_hex(4)}")
    client_id: str = field(default_factory=lambda: f"numo-{secrets.token_hex(4)}")
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    encryption_key: str = field(default_factory=lambda: Fernet.generate_key().decode())
    schools: str | None = None
    calls_per_second: int | None = None
    proves_rosters: bool = True

    def port(self, party: str) -> str:
        """The TCP port of a party."""
        return str(urlsplit(self.urls[party]).port)

    def sandbox(self) -> dict[str, str]:
        """The stand-in for Somtoday."""
        client = {"SANDBOX_CLIENT_ID": self.client_id, "SANDBOX_CLIENT_SECRET": self.client_secret}
        if self.schools is None:
            return client
        sizes = zip(("SMALL", "MEDIUM", "LARGE"), self.schools.split(","), strict=True)
        return client | {f"SANDBOX_{size}_PUPILS": pupils for size, pupils in sizes}

    def connector(self) -> dict[str, str]:
        """The connector and its worker."""
        somtoday = self.urls["sandbox"]
        pace = self.calls_per_second
        return {
            **self._service("connector"),
            **({} if pace is None else {"CONNECTOR_SOMTODAY_CALLS_PER_SECOND": str(pace)}),
            "CONNECTOR_SOMTODAY_API_URL": f"{somtoday}/rest/v1",
            "CONNECTOR_SOMTODAY_TOKEN_URL": f"{somtoday}/oauth2/token",
            "CONNECTOR_ENCRYPTION_KEYS": self.encryption_key,
            **self._mail("connector"),
        }

    def importer(self, api_key: str) -> dict[str, str]:
        """The importer and its worker."""
        return {
            **self._service("importer"),
            "IMPORTER_CONNECTOR_URL": self.urls["connector"],
            "IMPORTER_CONNECTOR_API_KEY": api_key,
            # Shorter than production's: whoever kills a worker here waits for what comes next.
            "IMPORTER_LEASE_SECONDS": "4",
            # Nor does who sets a schedule here want to wait for a minute.
            "IMPORTER_SCHEDULE_SECONDS": "3",
            **({} if self.proves_rosters else {"IMPORTER_RECONCILE_FROM_HOUR": "24"}),
        }

    def licensing(self) -> dict[str, str]:
        """The licensing service and its worker."""
        return {
            **self._service("licensing"),
            "LICENSING_ENCRYPTION_KEYS": self.encryption_key,
            # Whoever tries webhooks here has the receiver on this machine.
            "LICENSING_WEBHOOK_INSECURE": "true",
            "LICENSING_OPS_EMAIL": "ops@kurve.example",
            **self._mail("licensing"),
        }

    def worker_heartbeat(self, service: str) -> str:
        """The key in Redis that a service's worker keeps (see shared.queue.worker_settings)."""
        return f"{self.namespace}:{service}:queue:health"

    def _service(self, name: str) -> dict[str, str]:
        settings = {
            "DATABASE_URL": getattr(self.databases, name),
            "REDIS_URL": self.redis_url,
            "REDIS_NAMESPACE": self.namespace,
            "OIDC_ISSUER": self.urls["identity"],
            "OIDC_AUDIENCE": AUDIENCE,
            "OIDC_JWKS_URL": f"{self.urls['identity']}/jwks",
            "LOG_LEVEL": "INFO",
        }
        return {f"{name.upper()}_{key}": value for key, value in settings.items()}

    def _mail(self, name: str) -> dict[str, str]:
        settings = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": self.port("smtp"),
            "SMTP_SENDER": "Kurve <support@kurve.example>",
            "SMTP_STARTTLS": "false",
        }
        return {f"{name.upper()}_{key}": value for key, value in settings.items()}
