"""A local inbox: a real SMTP server that keeps its mails in memory, and a page to read them."""

import argparse
import asyncio
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import uvicorn
from aiosmtpd.controller import Controller
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from shared.clock import now
from shared.ids import new_id

_templates = Jinja2Templates(Path(__file__).parent / "templates")


@dataclass(frozen=True)
class Mail:
    """One mail as it came in."""

    id: str
    message_id: str
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str
    received_at: str


class Mailbox:
    """Every mail of this process; aiosmtpd calls `handle_DATA`."""

    def __init__(self) -> None:
        """Begin empty."""
        self.mails: list[Mail] = []

    async def handle_DATA(self, _: object, __: object, envelope: Any) -> str:  # noqa: ANN401, N802
        """Keep one mail (the name is aiosmtpd's)."""
        found = message_from_bytes(envelope.content, policy=policy.default)
        message = found
        self.mails.append(
            Mail(
                id=str(new_id()),
                message_id=str(message["message-id"] or ""),
                sender=str(message["from"] or envelope.mail_from),
                to=list(envelope.rcpt_tos),
                subject=str(message["subject"] or ""),
                text=_part(message, "plain"),
                html=_part(message, "html"),
                received_at=now().isoformat(),
            )
        )
        return "250 OK"


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content() if part is not None else ""


def create_app(box: Mailbox) -> FastAPI:
    """The page and the JSON of a mailbox."""
    app = FastAPI(title="Inbox")

    @app.get("/", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        newest_first = list(reversed(box.mails))
        return _templates.TemplateResponse(request, "inbox.html", {"mails": newest_first})

    @app.get("/messages")
    async def messages() -> list[dict[str, Any]]:
        return [asdict(mail) for mail in box.mails]

    @app.delete("/messages", status_code=204)
    async def forget() -> None:
        box.mails.clear()

    @app.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    return app


async def _serve(smtp_port: int, http_port: int) -> None:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=smtp_port)
    controller.start()
    config = uvicorn.Config(
        create_app(box), host="127.0.0.1", port=http_port, log_level="warning", access_log=False
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        controller.stop()


def main() -> None:
    """Serve on 127.0.0.1 until a signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(_serve(given.smtp_port, given.http_port))


if __name__ == "__main__":
    main()
