"""A local inbox: a real SMTP server that keeps its mails in memory, and a page to read them."""

import argparse
import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from aiosmtpd.smtp import SMTP
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from deploy.local.received_mail import Mail, read_mail

_KEPT = 5000
_SHOWN = 100
# A mail is a stranger's HTML: no script, nothing fetched from elsewhere, not even an image.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_templates = Jinja2Templates(Path(__file__).parent / "templates")


class Mailbox:
    """The newest mails of this process; aiosmtpd calls `handle_DATA`."""

    def __init__(self) -> None:
        """Begin empty."""
        self.mails: deque[Mail] = deque(maxlen=_KEPT)

    async def handle_DATA(self, _: object, __: object, envelope: Any) -> str:  # noqa: ANN401, N802
        """Keep one mail (the name is aiosmtpd's)."""
        self.mails.append(read_mail(envelope.content, envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"


def create_app(box: Mailbox) -> FastAPI:
    """The page and the JSON of a mailbox."""
    app = FastAPI(title="Inbox")

    @app.get("/", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        shown = {"mails": list(reversed(box.mails))[:_SHOWN], "total": len(box.mails)}
        headers = {"Content-Security-Policy": _POLICY}
        return _templates.TemplateResponse(request, "inbox.html", shown, headers=headers)

    @app.get("/messages")
    async def messages() -> list[dict[str, Any]]:
        return [mail.as_json() for mail in box.mails]

    @app.delete("/messages", status_code=204)
    async def forget() -> None:
        box.mails.clear()

    @app.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    return app


@asynccontextmanager
async def receiving(box: Mailbox, port: int) -> AsyncIterator[None]:
    """Take mail for a mailbox on a port of 127.0.0.1, for as long as the block runs."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        # Named, because to find this machine's own name can take a slow question to DNS.
        lambda: SMTP(box, hostname="localhost", enable_SMTPUTF8=True, loop=loop),
        host="127.0.0.1",
        port=port,
    )
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


async def _serve(smtp_port: int, http_port: int) -> None:
    box = Mailbox()
    config = uvicorn.Config(
        create_app(box), host="127.0.0.1", port=http_port, log_level="warning", access_log=False
    )
    async with receiving(box, smtp_port):
        await uvicorn.Server(config).serve()


def main() -> None:
    """Serve on 127.0.0.1 until a signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(_serve(given.smtp_port, given.http_port))


if __name__ == "__main__":
    main()
