"""The `koppeling` command and how it ends: a user's mistake is a sentence, never a traceback.

Only the module of the subcommand that was asked for is imported: all of them together take a
second, most of it for what the one at hand does not use.
"""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer

from console.mistake import MistakeError
from console.output import complain


@dataclass(frozen=True)
class Subcommand:
    """A function, or a group of them, in a module of this package; `help` is its first line."""

    module: str
    attribute: str
    help: str

    def load(self) -> Any:  # noqa: ANN401 - a function, or a typer.Typer
        """Import the module."""
        return getattr(import_module(f"console.{self.module}"), self.attribute)


_GROUP = "app"
SUBCOMMANDS = {
    "demo": Subcommand(
        "local",
        "demo",
        "Play a whole school, from koppeling to first license used; leaves nothing running.",
    ),
    "serve": Subcommand(
        "local", "serve", "Start everything and stay up until Ctrl-C, with the URLs to open."
    ),
    "sandbox": Subcommand(
        "local",
        "sandbox",
        "Start only the stand-in for Somtoday, with a client made for this run.",
    ),
    "migrate": Subcommand(
        "schema",
        "migrate",
        "Bring the schema of DATABASE_URL up to date; changes nothing when it is.",
    ),
    "documents": Subcommand(
        "schema",
        "documents",
        "Compare what docs/ says of the code (OpenAPI, errors, settings) with the code.",
    ),
    "activate": Subcommand(
        "koppelingen", "activate", "Activate a school's koppeling, or those of a whole file."
    ),
    "status": Subcommand("koppelingen", "status", "Every koppeling with its state."),
    "pause": Subcommand(
        "koppeling_actions", "pause", "Stop fetching and verifying until it is resumed."
    ),
    "resume": Subcommand(
        "koppeling_actions", "resume", "Go on where it was paused; Somtoday is looked at first."
    ),
    "end": Subcommand(
        "koppeling_actions",
        "end",
        "End it for good; nobody is archived in the product by this.",
    ),
    "verify": Subcommand(
        "koppeling_actions", "verify", "Look at Somtoday now instead of at its turn."
    ),
    "history": Subcommand(
        "koppeling_actions",
        "history",
        "Every transition and change, oldest first, with who did it and why.",
    ),
    "observed": Subcommand(
        "stated_and_observed",
        "observed",
        "Compare what was stated of a koppeling with what Somtoday shows of it.",
    ),
    "choose": Subcommand(
        "stated_and_observed",
        "choose",
        "Say which organisation of Somtoday's a school is, among the candidates of `observed`.",
    ),
    "import": Subcommand(
        "imports",
        "import_roster",
        "Show what an import would change, and with --apply carry it out.",
    ),
    "schedule": Subcommand(
        "nights", _GROUP, "See and set when a school's import begins by itself."
    ),
    "koppeling-ends": Subcommand(
        "koppeling_ends",
        "koppeling_ends",
        "Schools whose koppeling is over, and whether they said what becomes of their people.",
    ),
    "licenses": Subcommand(
        "licenses", _GROUP, "Grant a school licenses, and see what it has and uses."
    ),
    "dead-letters": Subcommand("dead_letters", _GROUP, "See and retry what was given up."),
    "given-up": Subcommand(
        "given_up", _GROUP, "See and put again imports that broke every worker."
    ),
    "mails": Subcommand("mails", _GROUP, "See what schools and ops are mailed."),
    "keys": Subcommand("keys", _GROUP, "Create, list and revoke API keys (needs DATABASE_URL)."),
}
_FAILED = 1


def main() -> None:
    """Run the command; exit code 0 for done, 1 for refused or failed, 2 for wrong usage."""
    try:
        _app(*sys.argv[1:2])()
    except MistakeError as mistake:
        complain(str(mistake))
    else:
        return
    sys.exit(_FAILED)


def _app(wanted: str = "") -> typer.Typer:
    """The command with one subcommand that works; of the others it knows the names."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Koppeling Numo - Somtoday: what Kurve ops and developers do by hand.",
    )
    for name, subcommand in SUBCOMMANDS.items():
        if name != wanted:
            app.command(name, help=subcommand.help)(_not_asked_for)
        elif subcommand.attribute == _GROUP:
            app.add_typer(subcommand.load(), name=name, help=subcommand.help)
        else:
            app.command(name)(subcommand.load())
    return app


def _not_asked_for() -> None:
    """Stand in the list for a subcommand that this run does not need."""
