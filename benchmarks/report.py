"""The form of every result: one row a number, with its goal and whether it was met."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One measured number; `goal` is the bound it should keep, in the same unit.

    `at_least` says on which side of the goal is good; without a goal nothing is judged.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = True

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None without a goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def as_json(self) -> dict[str, Any]:
        """The row as it is written: name, value, unit, goal, met."""
        found = asdict(self)
        del found["at_least"]
        return {**found, "met": self.met}


def show_as_made(title: str, made: Iterable[Row], path: Path | None) -> None:
    """Print rows as a table, and write them when a path is given.

    Each is written as it comes, and what there is shown also when what makes them breaks off.
    """
    rows: list[Row] = []
    try:
        for row in made:
            rows.append(row)
            if path is not None:
                write(path, rows)
    finally:
        show(title, rows)


def show(title: str, rows: Sequence[Row]) -> None:
    """Print the rows as a table."""
    table = Table("name", "value", "unit", "goal", "met", title=title)
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        goal = "" if row.goal is None else f"{sign} {row.goal:g}"
        met = {None: "", True: "[green]yes[/green]", False: "[red]missed[/red]"}[row.met]
        table.add_row(row.name, f"{row.value:,.2f}", row.unit, goal, met)
    Console().print(table)


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows as a JSON list."""
    path.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n")
