"""`koppeling pause`, `resume`, `end`, `verify`, `history`: one koppeling through the API."""

from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer
from rich.table import Table

from console.koppelingen import settled, show
from console.mistake import MistakeError
from console.output import terminal
from console.paged import every_item
from console.peers import answer_of, peer
from services.connector.domain.koppeling import VERIFIED
from shared.ids import normalise_brin

_PATH = "/v1/koppelingen"
Which = Annotated[str, typer.Argument(help="The school's BRIN, or the koppeling's id.")]
Product = Annotated[
    str | None, typer.Option(help="Which product, when the school has several koppelingen.")
]


def pause(which: Which, product: Product = None) -> None:
    """Stop fetching and verifying until it is resumed."""
    with peer("connector") as client:
        show([_done(client, which, product, "pause")])


def resume(which: Which, product: Product = None) -> None:
    """Go on where it was paused; Somtoday is looked at first."""
    with peer("connector") as client:
        show([settled(client, _done(client, which, product, "resume"), among=VERIFIED)])


def end(
    which: Which,
    reason: Annotated[str, typer.Option(help="Why, for the history.")],
    product: Product = None,
) -> None:
    """End it for good; nobody is archived in the product by this."""
    with peer("connector") as client:
        show([_done(client, which, product, "end", {"reason": reason})])


def verify(which: Which, product: Product = None) -> None:
    """Look at Somtoday now instead of at its turn."""
    with peer("connector") as client:
        show([settled(client, _done(client, which, product, "verify"), among=VERIFIED)])


def history(which: Which, product: Product = None) -> None:
    """Every transition and change, oldest first, with who did it and why."""
    table = Table("when (UTC)", "from", "to", "event", "who", "why")
    with peer("connector") as client:
        for event in every_item(client, f"{_PATH}/{id_of(client, which, product)}/history"):
            moment = event["at"][:19].replace("T", " ")
            moved = (event["from_state"] or "", event["to_state"], event["event"])
            table.add_row(moment, *moved, event["actor"], _why(event))
    terminal().print(table)


def _why(event: dict[str, Any]) -> str:
    return event["reason"] or ", ".join(event["changed"] or [])


def _done(
    client: httpx.Client,
    which: str,
    product: str | None,
    action: str,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    path = f"{_PATH}/{id_of(client, which, product)}/{action}"
    found: dict[str, Any] = answer_of(client.post(path, json=body))
    return found


def id_of(client: httpx.Client, which: str, product: str | None) -> str:
    """The id of the koppeling that a person means.

    Raises:
        MistakeError: there is none, or there are several.

    """
    with suppress(ValueError):
        return str(UUID(which))
    try:
        brin = normalise_brin(which)
    except ValueError as mistake:
        raise MistakeError(str(mistake)) from None
    found = list(every_item(client, _PATH, {"brin": brin, "product": product}))
    if not found:
        msg = f"no koppeling of a school with BRIN {brin}"
        raise MistakeError(msg)
    if len(found) > 1:
        products = ", ".join(item["product"] for item in found)
        msg = f"{brin} has several koppelingen; give --product, one of: {products}"
        raise MistakeError(msg)
    return str(found[0]["id"])
