"""A mail as it came in over SMTP, decoded to what a person reads."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from shared.clock import now
from shared.ids import new_id


@dataclass(frozen=True)
class Mail:
    """One received mail; `to` is who got it, also when no header says so."""

    id: str
    message_id: str
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str
    received_at: str

    def as_json(self) -> dict[str, str | list[str]]:
        """The mail with the names that the inbox's JSON uses."""
        fields = dict(vars(self))
        return {"id": fields.pop("id"), "from": fields.pop("sender"), **fields}


def read_mail(content: bytes, sender: str, recipients: list[str]) -> Mail:
    """Decode headers (RFC 2047) and bodies (MIME); sender and recipients are of the envelope."""
    message = message_from_bytes(content, policy=policy.default)
    return Mail(
        id=str(new_id()),
        message_id=str(message["message-id"] or ""),
        sender=str(message["from"] or sender),
        to=list(recipients),
        # A long one is folded before its first word; that blank is no part of it.
        subject=str(message["subject"] or "").strip(),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        received_at=now().isoformat(),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        text = raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset that nobody knows is still a mail
        text = raw.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")
