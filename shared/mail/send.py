"""Hand a mail to the mail server."""

from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import aiosmtplib

from shared.clock import now
from shared.mail.settings import MailSettings

_TIMEOUT_SECONDS = 20.0


class Mailer:
    """Sends mails as the settings say."""

    def __init__(self, settings: MailSettings) -> None:
        """Prepare; a connection is made for each mail."""
        self._settings = settings

    async def send(self, mail: EmailMessage) -> None:
        """Send a mail from our address.

        Raises:
            aiosmtplib.SMTPException: the server is away or does not take it.

        """
        wanted = self._settings
        sender = parseaddr(wanted.smtp_sender)[1]
        password = wanted.smtp_password
        mail["From"] = wanted.smtp_sender
        mail["Date"] = format_datetime(now())
        local = mail["Message-ID"].partition("@")[0]
        mail.replace_header("Message-ID", f"{local}@{sender.partition('@')[2]}>")
        await aiosmtplib.send(
            mail,
            hostname=wanted.smtp_host,
            port=wanted.smtp_port,
            username=wanted.smtp_username,
            password=None if password is None else password.get_secret_value(),
            start_tls=wanted.smtp_starttls,
            timeout=_TIMEOUT_SECONDS,
        )
