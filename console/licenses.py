"""`koppeling licenses`: what a school has and uses, through licensing's API."""

from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from console.mistake import MistakeError
from console.output import say, terminal
from console.paged import every_item
from console.peers import answer_of, peer
from console.schools import school_id
from shared.clock import Schooljaar, now

app = typer.Typer(no_args_is_help=True)
School = Annotated[str, typer.Argument(help="The school's BRIN, or its id.")]
Product = Annotated[str, typer.Argument(help="The license product, e.g. numo-rekenen.")]
Year = Annotated[
    str | None, typer.Option(help="E.g. 2026-2027; left out, the one that runs in the Netherlands.")
]
_POOLS = "/v1/license-pools"
_MOST_CHECKS = 14


@app.command()
def show(school: School, schooljaar: Year = None) -> None:
    """Granted, used and left per license product, and when it runs out in this tempo."""
    with peer("licensing") as client:
        client.params = _whose(school)
        found = answer_of(client.get(f"/v1/license-reports/{_year(schooljaar)}"))
    table = Table("license product", "granted", "used", "left", "overdrawn by", "runs out on")
    for pool in found["pools"]:
        numbers = (str(pool[name]) for name in ("granted", "used", "left", "overdrawn_by"))
        ends = pool["projection"]["runs_out_on"] or pool["projection"]["outlook"]
        table.add_row(pool["license_product"], *numbers, ends)
    say(f"{found['schooljaar']}, {found['made_at'][:16].replace('T', ' ')} UTC")
    terminal().print(table)


@app.command()
def grant(
    school: School,
    license_product: Product,
    amount: Annotated[int, typer.Argument(help="How many; negative takes back (after `--`).")],
    order: Annotated[str, typer.Option(help="The order's number: the same order twice is once.")],
    schooljaar: Year = None,
) -> None:
    """Grant licenses, or correct what was granted."""
    with peer("licensing") as client:
        whose = _whose(school)
        wanted: dict[str, Any] = {
            **whose,
            "license_product": license_product,
            "schooljaar": _year(schooljaar),
            "amount": amount,
            "reason": order,
        }
        headers = {"Idempotency-Key": f"order:{whose['school_id']}:{license_product}:{order}"}
        made = answer_of(client.post("/v1/license-grants", json=wanted, headers=headers))
    pool = made["pool"]
    say(f"{pool['granted']} granted, {pool['used']} used, {pool['left']} left")


@app.command()
def overdraft(
    school: School,
    license_product: Product,
    limit: Annotated[int, typer.Argument(min=0, help="So many more than granted; 0 blocks.")],
    schooljaar: Year = None,
) -> None:
    """Let pupils go on when the pool is empty, or block them."""
    with peer("licensing") as client:
        client.params = _whose(school)
        pool = _pool(client, license_product, _year(schooljaar))
        answer_of(client.put(f"{_POOLS}/{pool['id']}/overdraft", json={"limit": limit}))
    say(f"{license_product}: at most {limit} more than the {pool['granted']} granted")


@app.command()
def checks() -> None:
    """The nightly proofs that every pool is what its entries add up to, newest first."""
    with peer("licensing") as client:
        found = answer_of(client.get("/v1/license-checks", params={"limit": _MOST_CHECKS}))
    table = Table("day", "pools", "entries", "problems")
    for check in found["items"]:
        wrong = ", ".join(one["pool_id"] for one in check["problems"])
        table.add_row(check["day"], str(check["pools"]), str(check["entries"]), wrong or "none")
    terminal().print(table)


def _whose(school: str) -> dict[str, str]:
    return {"school_id": str(school_id(school))}


def _year(wanted: str | None) -> str:
    if wanted is None:
        return str(Schooljaar.of(now()))
    try:
        return str(Schooljaar.parse(wanted))
    except ValueError:
        msg = f"not a schooljaar, e.g. 2026-2027: {wanted!r}"
        raise MistakeError(msg) from None


def _pool(client: httpx.Client, license_product: str, schooljaar: str) -> dict[str, Any]:
    for pool in every_item(client, _POOLS, {"schooljaar": schooljaar}):
        if pool["license_product"] == license_product:
            return pool
    msg = f"the school has no licenses of {license_product} in {schooljaar}; grant some first"
    raise MistakeError(msg)
