"""Where the connector's mails are written."""

from pathlib import Path

from shared.mail.templates import MailTemplates

TEMPLATES = MailTemplates(Path(__file__).parent / "templates", "koppelingen met Somtoday")
