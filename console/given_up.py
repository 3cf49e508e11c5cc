"""`koppeling given-up`: imports that broke every worker, through the importer's API."""

from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from console.output import say, terminal
from console.paged import every_item
from console.peers import answer_of, peer

app = typer.Typer(no_args_is_help=True)
_PATH = "/v1/given-up-imports"


@app.command(name="list")
def list_all() -> None:
    """What was begun too often without an end, at all schools."""
    table = Table("id", "school", "source", "begun", "last error", "given up (UTC)")
    with peer("importer") as client:
        for one in every_item(client, _PATH):
            table.add_row(
                one["id"],
                one["school_id"],
                one["source"],
                f"{one['claims']} times",
                one["last_error"] or "the worker died",
                one["given_up_at"][:16].replace("T", " "),
            )
    terminal().print(table)


@app.command()
def retry(
    import_id: Annotated[UUID, typer.Argument(help="The id in `koppeling given-up list`.")],
) -> None:
    """Begin the same import anew; doing so twice does it once."""
    with peer("importer") as client:
        found = answer_of(client.post(f"{_PATH}/{import_id}/retry"))
    say(f"import {found['id']} is {found['state']}")
