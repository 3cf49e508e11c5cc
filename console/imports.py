"""`koppeling import`: one import of a school, from source to applied."""

import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.progress import Progress
from rich.table import Table

from console.mistake import MistakeError
from console.output import say, terminal
from console.peers import answer_of, peer
from console.schools import school_id

_BUSY_STATES = {"requested", "fetching", "applying"}
_POLL_SECONDS = 0.3
_PATIENT_SECONDS = 15.0
_MOST_PROBLEMS = 20
_KINDS = ("pupils", "employees", "groups", "memberships")
_ACTIONS = ("add", "update", "archive", "reactivate", "clear", "conflict")
_Counts = dict[str, dict[str, int]]


def import_roster(
    school: Annotated[str, typer.Argument(help="The school's BRIN, or its id.")],
    csv: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, readable=True, help="A CSV or Excel file, not Somtoday."
        ),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="VERDER: apply what was chosen.")] = False,
    archive: Annotated[
        bool, typer.Option("--archive", help="With --apply: choose archiveren too.")
    ] = False,
) -> None:
    """Show what an import would change, and with --apply carry it out."""
    if archive and not apply:
        msg = "--archive goes with --apply"
        raise typer.BadParameter(msg)
    whose = {"school_id": str(school_id(school))}
    with peer("importer") as client:
        client.params = httpx.QueryParams(whose)
        run = _rested(client, _requested(client, csv), "planned")
        _show_problems(run)
        if not apply:
            _show(f"import {run['id']} would change", run["summary"], run["summary"])
            _say_choice(run["choice"])
            return
        choice = {"add": True, "update": True, "archive": archive}
        chosen = client.put(f"/v1/imports/{run['id']}/choice", json=choice)
        made = answer_of(chosen)
        _show(f"import {run['id']}: chosen of what would change", made["chosen"], run["summary"])
        order, seen = {"digest": run["digest"]}, {"If-Match": chosen.headers["ETag"]}
        answer_of(client.post(f"/v1/imports/{run['id']}/apply", json=order, headers=seen))
        done = _rested(client, {**run, "state": "applying"}, "applied")
    _show(f"import {run['id']} applied: done of what was chosen", done["result"], made["chosen"])


def _requested(client: httpx.Client, csv: Path | None) -> dict[str, Any]:
    if csv is None:
        answer = client.post("/v1/imports", json={"source": "somtoday"})
    else:
        with csv.open("rb") as content:
            answer = client.post("/v1/imports/csv", files={"file": (csv.name, content)})
    return dict(answer_of(answer))


def _rested(client: httpx.Client, run: dict[str, Any], wanted: str) -> dict[str, Any]:
    run = _watched(client, run)
    if run["state"] != wanted:
        why = " ".join(filter(None, [run["problem"], run["problem_detail"]]))
        why = why or "something in Numo changed meanwhile, so the plan was made anew"
        msg = f"import {run['id']} {run['state']}: {why}"
        raise MistakeError(msg)
    return run


def _watched(client: httpx.Client, run: dict[str, Any]) -> dict[str, Any]:
    patient_until = time.monotonic() + _PATIENT_SECONDS
    with Progress(transient=True) as bar:
        task = bar.add_task(run["state"], total=None)
        while run["state"] in _BUSY_STATES:
            time.sleep(_POLL_SECONDS)
            run = answer_of(client.get(f"/v1/imports/{run['id']}"))
            progress = run["progress"]
            words = f"{run['state']} {progress['phase'] or ''}"
            if run["state"] == "requested" and time.monotonic() > patient_until:
                words = "no worker has taken it yet; does the importer's worker run?"
            bar.update(task, description=words, completed=progress["done"], total=progress["total"])
    return run


def _show_problems(run: dict[str, Any]) -> None:
    for problem in run["problems"][:_MOST_PROBLEMS]:
        say(f"{problem['place']}: {problem['detail']} ({problem['code']})")
    more = run["problem_count"] - _MOST_PROBLEMS
    if more > 0:
        say(f"… and {more} more")


def _show(title: str, part: _Counts, whole: _Counts) -> None:
    say(title)
    table = Table("", *_ACTIONS)
    for kind in _KINDS:
        cells = (_cell(part[kind][action], whole[kind][action]) for action in _ACTIONS)
        table.add_row(kind, *cells)
    terminal().print(table)


def _cell(part: int, whole: int) -> str:
    return str(whole) if part == whole else f"{part} of {whole}"


def _say_choice(choice: dict[str, bool]) -> None:
    yes = ", ".join(name for name, chosen in choice.items() if chosen)
    no = ", ".join(name for name, chosen in choice.items() if not chosen)
    say(f"chosen: {yes or 'nothing'}; not chosen: {no or 'nothing'}")
