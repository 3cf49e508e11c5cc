"""Start everything and stay up, with what a developer needs to look around."""

import signal
import threading

from rich.console import Console
from rich.table import Table

from deploy.local.environment import Environment, local_environment


def serve() -> None:
    """Run the local environment until Ctrl-C or SIGTERM."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    out = Console()
    out.print("Starting; this takes a few seconds…")
    with local_environment() as environment:
        out.print(_urls(environment))
        out.print(f"\nops API key (this run only):\n  export KEY={environment.ops_key}")
        out.print("a Numo user's token:")
        wanted = '{"sub":"me","school":"<school id>","role":"schoolbeheerder"}'
        out.print(f"  curl -s {environment.identity}/token --json '{wanted}'", soft_wrap=True)
        out.print("\nCtrl-C stops everything and throws it away.")
        stopped.wait()
        out.print("Stopping…")


def _urls(environment: Environment) -> Table:
    table = Table("what", "URL")
    for name in ("connector", "importer", "licensing"):
        table.add_row(f"{name} API docs", f"{getattr(environment, name)}/docs")
    table.add_row("Somtoday sandbox", f"{environment.sandbox}/sandbox/")
    table.add_row("inbox", f"{environment.inbox}/")
    table.add_row("token issuer", environment.identity)
    return table
