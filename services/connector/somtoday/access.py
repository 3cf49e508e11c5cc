"""As whom and where we speak to Somtoday."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr


@dataclass(frozen=True)
class Access:
    """One product's credentials for one organisation; a token is never used for another one."""

    product: str
    client_id: str
    client_secret: SecretStr
    organisation_id: UUID
