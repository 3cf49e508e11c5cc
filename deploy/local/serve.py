"""Start everything and stay up, with what a developer needs to look around."""

from contextlib import suppress

from rich.console import Console
from rich.table import Table

from deploy.local.environment import Environment, local_environment
from deploy.local.interruption import wait_until_told


def serve() -> None:
    """Run the local environment until Ctrl-C, SIGTERM or SIGHUP, then throw it away."""
    out = Console()
    out.print("Starting; this takes a few seconds…")
    # All three arrive as KeyboardInterrupt; here it is the ordinary end.
    with suppress(KeyboardInterrupt), local_environment() as environment:
        out.print(_urls(environment))
        out.print(_how_to_call(environment), soft_wrap=True, markup=False, highlight=False)
        try:
            wait_until_told()
        finally:
            out.print("Stopping…")


def _urls(environment: Environment) -> Table:
    table = Table("what", "URL")
    for name in ("connector", "importer", "licensing"):
        table.add_row(f"{name} API docs", f"{getattr(environment, name)}/docs")
    table.add_row("Somtoday sandbox", f"{environment.sandbox}/sandbox/")
    table.add_row("inbox", f"{environment.inbox}/")
    discovery = "/.well-known/openid-configuration"
    table.add_row("token issuer", f"{environment.identity}{discovery}")
    return table


def _how_to_call(environment: Environment) -> str:
    exports = "\n".join(
        f"  export {name}={value}" for name, value in environment.variables().items()
    )
    return f"""
To call it from another terminal (this run only; docs/api.md goes on from here):
{exports}
  .venv/bin/koppeling status
  DATABASE_URL={environment.databases.owner} .venv/bin/koppeling keys list

Ctrl-C stops everything and throws it away."""
