"""`koppeling schedule`: when a school's import begins by itself, through the importer's API."""

from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from console.dark_days import FORM, changed
from console.output import say, terminal
from console.peers import answer_of, peer
from console.schools import school_id

app = typer.Typer(no_args_is_help=True)
School = Annotated[str, typer.Argument(help="The school's BRIN, or its id.")]
At = Annotated[str | None, typer.Option(help="On the clock in the Netherlands, e.g. 01:00.")]
Yes = bool | None
Written = list[str] | None
_PATH = "/v1/import-schedule"
_SETTINGS = ("is_on", "opens", "closes", "archives", "blackouts", "additions_only")
_MOST_NIGHTS = 14


@app.command()
def show(school: School) -> None:
    """The schedule, the next moment, and what became of the last two weeks of nights."""
    with peer("importer") as client:
        client.params = httpx.QueryParams(school_id=str(school_id(school)))
        found = answer_of(client.get(_PATH))
        nights = answer_of(client.get("/v1/import-nights", params={"limit": _MOST_NIGHTS}))
    _say(found)
    table = Table("night", "outcome", "people", "import", "why")
    for one in nights["items"]:
        outcome = one["outcome"] or "under way"
        done = _people(one["result"])
        table.add_row(one["night"], outcome, done, one["import_id"] or "", one["note"] or "")
    terminal().print(table)


@app.command(name="set")
def set_schedule(
    school: School,
    *,
    on: Annotated[Yes, typer.Option("--on/--off", help="Whether one begins by itself.")] = None,
    opens: At = None,
    closes: At = None,
    archives: Annotated[
        Yes, typer.Option("--archive/--no-archive", help="Who was absent twice, too.")
    ] = None,
    dark: Annotated[Written, typer.Option(help=f"No import then: {FORM}. May be repeated.")] = None,
    not_dark: Annotated[
        Written, typer.Option(help="A day: the dark days that hold it are no more.")
    ] = None,
    only_adds: Annotated[Written, typer.Option(help=f"Only toevoegen then: {FORM}.")] = None,
    not_only_adds: Annotated[Written, typer.Option(help="A day: as with --not-dark.")] = None,
) -> None:
    """Change what is named; the rest, other dark days too, stays as the school has it."""
    named = {"is_on": on, "opens": opens, "closes": closes, "archives": archives}
    with peer("importer") as client:
        client.params = httpx.QueryParams(school_id=str(school_id(school)))
        seen = client.get(_PATH)
        before = answer_of(seen)
        wanted = {name: before[name] for name in _SETTINGS}
        wanted |= {name: value for name, value in named.items() if value is not None}
        for name, more, fewer in (
            ("blackouts", dark, not_dark),
            ("additions_only", only_adds, not_only_adds),
        ):
            wanted[name] = changed(wanted[name], more or [], fewer or [])
        headers = {"If-Match": seen.headers["ETag"]}
        _say(answer_of(client.put(_PATH, json=wanted, headers=headers)))


def _people(result: dict[str, Any] | None) -> str:
    """How many people came, changed and were archived; empty where nothing was done."""
    if result is None:
        return ""
    found = result["people"]
    return f"+{found['add'] + found['reactivate']} ~{found['update']} -{found['archive']}"


def _say(found: dict[str, Any]) -> None:
    state = "on" if found["is_on"] else "off"
    archives = "archives who was absent twice" if found["archives"] else "archives nobody"
    say(f"{state}, between {found['opens'][:5]} and {found['closes'][:5]}, {archives}")
    for kind, words in (("blackouts", "not"), ("additions_only", "only toevoegen")):
        for days in found[kind]:
            say(f"{words} from {days['first']} to {days['last']} ({days['label']})")
    if found["next_at"]:
        say(f"next at {found['next_at'][:16].replace('T', ' ')} in the Netherlands")
