"""The mail server, in the settings of a service that mails."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class MailSettings(BaseSettings):
    """Where mails go out, and as whom."""

    smtp_host: str = Field(description="mail server")
    smtp_port: int = Field(ge=1, le=65535, description="its port")
    smtp_sender: str = Field(description="From address of the mails")
    smtp_starttls: bool = Field(default=True, description="demand STARTTLS, certificate checked")
    smtp_username: str | None = Field(None, description="only for a server that asks for one")
    smtp_password: SecretStr | None = Field(None, description="belongs to smtp_username")
