"""The `koppeling` command and how it ends: a user's mistake is a sentence, never a traceback."""

import sys

import httpx
import typer
from alembic.util.exc import CommandError
from rich.console import Console
from sqlalchemy.exc import OperationalError

from console import imports, keys, koppelingen, local, schema
from console.peers import PeerRefusedError, SettingMissingError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Koppeling Numo - Somtoday: what Kurve ops and developers do by hand.",
)
app.command()(local.demo)
app.command()(local.serve)
app.command()(local.sandbox)
app.command()(schema.migrate)
app.command()(schema.documents)
app.command()(koppelingen.activate)
app.command()(koppelingen.status)
app.command(name="import")(imports.import_roster)
app.add_typer(keys.app, name="keys", help="Create, list and revoke API keys (needs DATABASE_URL).")

_FAILED = 1
_INTERRUPTED = 130


def main() -> None:
    """Run the command; exit code 0 for done, 1 for refused or failed, 2 for wrong usage."""
    try:
        app()
    except (PeerRefusedError, SettingMissingError, ValueError, CommandError) as mistake:
        _end(str(mistake), _FAILED)
    except OperationalError:
        _end("the database of DATABASE_URL cannot be reached", _FAILED)
    except httpx.HTTPError as error:
        _end(f"no answer from the service ({type(error).__name__})", _FAILED)
    except KeyboardInterrupt:
        _end("interrupted", _INTERRUPTED)


def _end(message: str, code: int) -> None:
    Console(stderr=True).print(f"[red]koppeling:[/red] {message}", highlight=False)
    sys.exit(code)
