"""`koppeling dead-letters`: what a service gave up, through its API."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from console.output import say, terminal
from console.paged import every_item
from console.peers import answer_of, peer

app = typer.Typer(no_args_is_help=True)
_PATH = "/v1/dead-letters"


class Of(StrEnum):
    """The services that carry out an outbox."""

    CONNECTOR = "connector"
    IMPORTER = "importer"
    LICENSING = "licensing"


Service = Annotated[Of, typer.Option("--service", help="Whose outbox.")]


@app.command(name="list")
def list_all(of: Service = Of.CONNECTOR) -> None:
    """What was tried for four days and then given up."""
    table = Table("id", "topic", "subject", "attempts", "last error", "dead since (UTC)")
    with peer(of.value) as client:
        for letter in every_item(client, _PATH):
            table.add_row(
                letter["id"],
                letter["topic"],
                letter["subject_id"],
                str(letter["attempts"]),
                letter["last_error"] or "",
                letter["dead_at"][:16].replace("T", " "),
            )
    terminal().print(table)


@app.command()
def retry(
    letter_id: Annotated[UUID, typer.Argument(help="The id in `koppeling dead-letters list`.")],
    of: Service = Of.CONNECTOR,
) -> None:
    """Try one again now; doing so twice does it once."""
    with peer(of.value) as client:
        found = answer_of(client.post(f"{_PATH}/{letter_id}/retry"))
    say(f"{found['topic']} {found['id']} is {'done' if found['done_at'] else 'tried again'}")
