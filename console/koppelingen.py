"""`koppeling activate` and `koppeling status`: koppelingen through the connector's API."""

import time
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.table import Column, Table

from console.many_koppelingen import activate_all
from console.output import say, terminal
from console.peers import answer_of, peer
from services.connector.domain.koppeling import MEANINGS, VERIFIED, State

_WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.3
_HINTS = {
    "not_opened": "the school has not created its Connectkoppeling; it becomes active by itself",
    "dataveld_not_permitted": "the school must permit what `koppeling history` names",
    "organisation_unknown": "Somtoday has no school with this BRIN",
    "organisation_name_differs": "Somtoday knows this BRIN under another name: see "
    "`koppeling observed` and `koppeling choose`",
    "organisation_ambiguous": "Somtoday has several organisations with this BRIN: see "
    "`koppeling observed` and `koppeling choose`",
    "stated_vestiging_not_open": "the school opened none of the vestigingen that were stated",
    "source_unavailable": "Somtoday does not answer; it is tried again by itself",
    "token_refused": "Somtoday refuses the product's client id or secret",
}

File = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        readable=True,
        help="Instead: a CSV file with columns school_name, brin, contact_email.",
    ),
]
Words = list[str] | None
SchoolName = Annotated[str | None, typer.Argument(help="The school's name, as Somtoday has it.")]
BrinOfSchool = Annotated[str | None, typer.Argument(help="Its BRIN, e.g. 12AB.")]
Contact = Annotated[str | None, typer.Argument(help="Who gets the confirmation mail.")]
_ONLY = "Of the doelgroep only this; repeatable."
Limit = Annotated[Words, typer.Option(help=_ONLY)]
Years = Annotated[list[int] | None, typer.Option(help=_ONLY)]
Datavelden = Annotated[
    Words, typer.Option(help="Of the optional datavelden only this; repeatable.")
]


def activate(
    school_name: SchoolName = None,
    brin: BrinOfSchool = None,
    contact_email: Contact = None,
    *,
    product: Annotated[str, typer.Option(help="Which product the koppeling is for.")] = "numo",
    vestiging: Limit = None,
    onderwijssoort: Limit = None,
    leerjaar: Years = None,
    vak: Limit = None,
    dataveld: Datavelden = None,
    file: File = None,
) -> None:
    """Activate a school's koppeling, or those of a whole file.

    Asking again looks at Somtoday again, and changes the contact and what else is stated.
    """
    given = [school_name, brin, contact_email]
    if file is not None and given == [None] * 3:
        activate_all(file, product)
        return
    if file is not None or None in given:
        msg = "give SCHOOL_NAME, BRIN and CONTACT_EMAIL, or --file"
        raise typer.BadParameter(msg)
    wanted = {
        "product": product,
        "school_name": school_name,
        "brin": brin,
        "contact_email": contact_email,
        **_stated(vestiging, onderwijssoort, leerjaar, vak, dataveld),
    }
    with peer("connector") as client:
        koppeling = settled(client, answer_of(client.post("/v1/koppelingen", json=wanted)))
    show([koppeling])
    if koppeling["state"] != State.ACTIVE:
        state = State(koppeling["state"])
        hint = _HINTS.get(koppeling["problem"], MEANINGS[state])
        say(f"{state}: {hint}")


def _stated(
    vestiging: Words, onderwijssoort: Words, leerjaar: list[int] | None, vak: Words, dataveld: Words
) -> dict[str, Any]:
    doelgroep = {
        "vestigingen": vestiging,
        "onderwijssoorten": onderwijssoort,
        "leerjaren": leerjaar,
        "vakken": vak,
    }
    limits = {name: words for name, words in doelgroep.items() if words}
    stated: dict[str, Any] = {"doelgroep": limits} if limits else {}
    return stated | ({"datavelden": dataveld} if dataveld else {})


def status(
    brin: Annotated[str | None, typer.Argument(help="Only this school.")] = None,
    product: Annotated[str | None, typer.Option(help="Only this product.")] = None,
    state: Annotated[State | None, typer.Option(help="Only this state.")] = None,
    ids: Annotated[
        bool, typer.Option("--ids", help="Show the ids of koppeling and school.")
    ] = False,
) -> None:
    """Every koppeling with its state."""
    found: list[dict[str, Any]] = []
    asked = {"brin": brin, "product": product, "state": state, "cursor": None}
    with peer("connector") as client:
        while True:
            given = {key: value for key, value in asked.items() if value is not None}
            page = answer_of(client.get("/v1/koppelingen", params=given))
            found += page["items"]
            asked["cursor"] = page["next"]
            if page["next"] is None:
                break
    show(found, ids=ids)


def settled(
    client: httpx.Client,
    koppeling: dict[str, Any],
    *,
    among: Collection[State] = VERIFIED - {State.ACTIVE},
) -> dict[str, Any]:
    """The koppeling once Somtoday was looked at, if that is going to happen in its state."""
    before, until = koppeling, time.monotonic() + _WAIT_SECONDS
    looks = State(before["state"]) in among
    while looks and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        koppeling = answer_of(client.get(f"/v1/koppelingen/{koppeling['id']}"))
        looks = all(koppeling[name] == before[name] for name in ("state", "last_verified_at"))
    return koppeling


def show(koppelingen: list[dict[str, Any]], *, ids: bool = False) -> None:
    """A table of koppelingen."""
    shown = [Column(name, overflow="fold") for name in ("koppeling", "school id")] if ids else []
    table = Table("school", "BRIN", "product", "state", "problem", "verified (UTC)", *shown)
    for item in koppelingen:
        row = [item["school_name"], item["brin"], item["product"], item["state"]]
        verified = (item["last_verified_at"] or "")[:16].replace("T", " ")
        given = [item["id"], item["school_id"]] if ids else []
        table.add_row(*row, item["problem"] or "", verified, *given)
    terminal().print(table)
