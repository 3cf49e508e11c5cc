"""`koppeling demo`, `serve` and `sandbox`: the throw-away environment on this machine."""

import secrets
from typing import Annotated

import typer
from rich.console import Console

from console.peers import PeerRefusedError


def demo() -> None:
    """Play a whole school, from koppeling to first license used; leaves nothing running."""
    from deploy.demo.peers import PlayFailedError  # noqa: PLC0415 - needs the dev dependencies
    from deploy.demo.play import demo as play  # noqa: PLC0415

    try:
        play()
    except PlayFailedError as failure:
        raise PeerRefusedError(str(failure)) from None


def serve() -> None:
    """Start everything and stay up until Ctrl-C, with the URLs to open."""
    from deploy.local.serve import serve as stay_up  # noqa: PLC0415 - needs the dev dependencies

    stay_up()


def sandbox(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8900,
) -> None:
    """Start only the stand-in for Somtoday, with a client made for this run."""
    import os  # noqa: PLC0415

    import uvicorn  # noqa: PLC0415 - the other subcommands do not need a server

    client_id, client_secret = "sandbox", secrets.token_urlsafe(24)
    os.environ.setdefault("SANDBOX_CLIENT_ID", client_id)
    os.environ.setdefault("SANDBOX_CLIENT_SECRET", client_secret)
    out = Console()
    out.print(f"page   http://127.0.0.1:{port}/sandbox/", highlight=False)
    out.print(f"API    http://127.0.0.1:{port}/rest/v1", highlight=False)
    out.print(f"client {os.environ['SANDBOX_CLIENT_ID']} {os.environ['SANDBOX_CLIENT_SECRET']}")
    uvicorn.run("services.sandbox.app:create_app", factory=True, host="127.0.0.1", port=port)
