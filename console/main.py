"""The `koppeling` command and how it ends: a user's mistake is a sentence, never a traceback."""

import sys

import psycopg
import typer
from alembic.util.exc import CommandError
from sqlalchemy.exc import OperationalError

from console import (
    dead_letters,
    imports,
    keys,
    koppeling_actions,
    koppelingen,
    local,
    mails,
    schema,
    sealed_secrets,
)
from console.mistake import MistakeError
from console.output import complain

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
app.command()(koppeling_actions.pause)
app.command()(koppeling_actions.resume)
app.command()(koppeling_actions.end)
app.command()(koppeling_actions.verify)
app.command()(koppeling_actions.history)
app.command(name="import")(imports.import_roster)
app.add_typer(dead_letters.app, name="dead-letters", help="See and retry what was given up.")
app.add_typer(mails.app, name="mails", help="See what schools and ops are mailed.")
keys.app.command()(sealed_secrets.rotate_secrets)
app.add_typer(keys.app, name="keys", help="Create, list and revoke API keys (needs DATABASE_URL).")

_FAILED = 1


def main() -> None:
    """Run the command; exit code 0 for done, 1 for refused or failed, 2 for wrong usage."""
    try:
        app()
    except (MistakeError, CommandError) as mistake:
        complain(str(mistake))
    except (OperationalError, psycopg.Error):
        complain("the database of DATABASE_URL cannot be reached, or refuses its user")
    else:
        return
    sys.exit(_FAILED)
