"""`koppeling import`: one import of a school, from source to applied."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer
from rich.progress import Progress
from rich.table import Table

from console.output import terminal
from console.peers import PeerRefusedError, answer_of, peer
from shared.ids import normalise_brin

_BUSY_STATES = {"requested", "fetching", "applying"}
_POLL_SECONDS = 0.3


def import_roster(
    school: Annotated[str, typer.Argument(help="The school's BRIN, or its id.")],
    csv: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, readable=True, help="A CSV file, not Somtoday."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="VERDER: apply what was chosen.")] = False,
    archive: Annotated[bool, typer.Option("--archive", help="Also choose archiveren.")] = False,
) -> None:
    """Compute what an import would change, and with --apply carry it out."""
    whose = {"school_id": str(_school_id(school))}
    with peer("importer") as client:
        client.params = httpx.QueryParams(whose)
        run = _watched(client, _requested(client, csv))
        _show(run)
        if not apply or run["state"] != "planned":
            return
        choice = {"add": True, "update": True, "archive": archive}
        answer_of(client.put(f"/v1/imports/{run['id']}/choice", json=choice))
        order = {"digest": run["digest"]}
        answer_of(client.post(f"/v1/imports/{run['id']}/apply", json=order))
        _show(_watched(client, {**run, "state": "applying"}))


def _school_id(school: str) -> UUID:
    with suppress(ValueError):
        return UUID(school)
    brin = normalise_brin(school)
    with peer("connector") as client:
        found = answer_of(client.get("/v1/koppelingen", params={"brin": brin}))["items"]
    if not found:
        msg = f"no koppeling of a school with BRIN {brin}"
        raise PeerRefusedError(msg)
    return UUID(found[0]["school_id"])


def _requested(client: httpx.Client, csv: Path | None) -> dict[str, Any]:
    if csv is None:
        answer = client.post("/v1/imports", json={"source": "somtoday"})
    else:
        with csv.open("rb") as content:
            answer = client.post("/v1/imports/csv", files={"file": (csv.name, content)})
    return dict(answer_of(answer))


def _watched(client: httpx.Client, run: dict[str, Any]) -> dict[str, Any]:
    with Progress(transient=True) as bar:
        task = bar.add_task(run["state"], total=None)
        while run["state"] in _BUSY_STATES:
            time.sleep(_POLL_SECONDS)
            run = answer_of(client.get(f"/v1/imports/{run['id']}"))
            progress = run["progress"]
            words = f"{run['state']} {progress['phase'] or ''}"
            bar.update(task, description=words, completed=progress["done"], total=progress["total"])
    return run


def _show(run: dict[str, Any]) -> None:
    out = terminal()
    out.print(f"import {run['id']}: [bold]{run['state']}[/bold] {run['problem'] or ''}")
    summary = run["summary"] or {}
    actions = ["add", "update", "archive", "reactivate", "conflict"]
    table = Table("", *actions)
    for kind, counts in summary.items():
        table.add_row(kind, *(str(counts.get(action, 0)) for action in actions))
    out.print(table)
