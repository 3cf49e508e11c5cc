"""`koppeling demo`, `serve` and `sandbox`: the throw-away environment on this machine."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from console.mistake import MistakeError
from console.output import say


def demo() -> None:
    """Play a whole school, from koppeling to first license used; leaves nothing running."""
    with _development():
        from deploy.demo.play import demo as play  # noqa: PLC0415 - needs the dev dependencies

        play()


def serve() -> None:
    """Start everything and stay up until Ctrl-C, with the URLs to open."""
    with _development():
        from deploy.local.serve import serve as stay_up  # noqa: PLC0415 - as above

        stay_up()


@contextmanager
def _development() -> Iterator[None]:
    try:
        from deploy.demo.peers import PlayFailedError  # noqa: PLC0415 - as above
        from deploy.local.programs import NotReadyError  # noqa: PLC0415 - as above
    except ImportError as error:
        msg = f"this needs a clone of the repository and `make install` ({error.name} is missing)"
        raise MistakeError(msg) from None
    try:
        yield
    except (PlayFailedError, NotReadyError) as failure:
        raise MistakeError(str(failure)) from None


def sandbox(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8900,
) -> None:
    """Start only the stand-in for Somtoday, with a client made for this run."""
    import os  # noqa: PLC0415

    import uvicorn  # noqa: PLC0415 - the other subcommands do not need a server

    client_id, client_secret = "sandbox", secrets.token_urlsafe(24)
    os.environ.setdefault("SANDBOX_CLIENT_ID", client_id)
    os.environ.setdefault("SANDBOX_CLIENT_SECRET", client_secret)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        msg = f"port {port} cannot be used ({error.strerror}); try --port"
        raise MistakeError(msg) from None
    say(f"page   http://127.0.0.1:{port}/sandbox/")
    say(f"API    http://127.0.0.1:{port}/rest/v1")
    say(f"client {os.environ['SANDBOX_CLIENT_ID']} {os.environ['SANDBOX_CLIENT_SECRET']}")
    config = uvicorn.Config("services.sandbox.app:create_app", factory=True)
    uvicorn.Server(config).run(sockets=[listener])
