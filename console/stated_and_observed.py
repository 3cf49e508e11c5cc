"""`koppeling observed` and `choose`: what was stated, what Somtoday shows, and who it is."""

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from console.koppeling_actions import Product, Which, id_of
from console.koppelingen import settled, show
from console.output import say, terminal
from console.peers import answer_of, peer
from services.connector.domain.koppeling import VERIFIED

_PATH = "/v1/koppelingen"
_ALL = "all"


def observed(which: Which, product: Product = None) -> None:
    """Compare what was stated of a koppeling with what Somtoday shows of it."""
    with peer("connector") as client:
        path = f"{_PATH}/{id_of(client, which, product)}/stated-and-observed"
        found = answer_of(client.get(path))
    _show_both(found["stated"], found["observed"])
    _show_candidates(found["observed"]["candidates"])
    _show_disagreements(found["disagreements"])


def choose(
    which: Which,
    organisation: Annotated[UUID, typer.Argument(help="Which of the candidates it is.")],
    product: Product = None,
) -> None:
    """Say which organisation of Somtoday's a school is, among the candidates of `observed`."""
    with peer("connector") as client:
        path = f"{_PATH}/{id_of(client, which, product)}/organisation"
        koppeling = answer_of(client.post(path, json={"organisation_id": str(organisation)}))
        show([settled(client, koppeling, among=VERIFIED)])


def _show_both(stated: dict[str, Any], seen: dict[str, Any]) -> None:
    table = Table("", "stated", "observed", show_lines=True)
    doelgroep = stated["doelgroep"]
    open_sites = [site for site in seen["vestigingen"] if site["is_open"]]
    codes = [", ".join(site["codes"]) or site["name"] for site in open_sites]
    table.add_row("vestigingen", _words(doelgroep["vestigingen"]), _words(codes))
    for trait, name in (
        ("onderwijssoort", "onderwijssoorten"),
        ("leerjaar", "leerjaren"),
        ("vak", "vakken"),
    ):
        words = sorted({one["word"] for one in seen["traits"] if one["trait"] == trait})
        table.add_row(name, _words(doelgroep[name]), _words(words))
    permitted = sorted({one["dataveld"] for one in seen["datavelden"] if one["permitted"]})
    table.add_row("datavelden", _words(stated["datavelden"]), _words(permitted))
    table.add_row("first day", stated["begin_on"] or "", "Somtoday does not show it")
    table.add_row("last day", stated["end_on"] or "", "Somtoday does not show it")
    table.add_row("last roster (UTC)", "", _moment(seen["last_roster_at"]))
    table.add_row("last 401 (UTC)", "", _moment(seen["last_refused_at"]))
    terminal().print(table)


def _show_candidates(candidates: list[dict[str, Any]]) -> None:
    if not candidates:
        return
    table = Table("organisation", "name", "BRINs", title="it may be one of; see `koppeling choose`")
    for one in candidates:
        table.add_row(one["id"], one["name"], ", ".join(one["brins"]))
    terminal().print(table)


def _show_disagreements(found: list[dict[str, Any]]) -> None:
    if not found:
        say("stated and observed agree")
        return
    table = Table("", "code", "since (UTC)", "what it says")
    for one in found:
        sign = "warning" if one["is_warning"] else ""
        table.add_row(sign, one["code"], _moment(one["since"]), one["detail"])
    terminal().print(table)


def _words(words: list[Any] | None) -> str:
    return _ALL if words is None else ", ".join(map(str, words))


def _moment(moment: str | None) -> str:
    return (moment or "")[:16].replace("T", " ")
