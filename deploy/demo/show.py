"""What a person sees of the play: each step as it happens, its time, and the final table."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from deploy.local.interruption import raise_if_told

KINDS = ("pupils", "employees", "groups", "memberships")
ACTIONS = ("add", "update", "archive", "reactivate", "conflict")


class Stage:
    """The terminal of one demo."""

    def __init__(self) -> None:
        """Begin with an empty table of times."""
        self.out = Console()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, number: str, title: str) -> Iterator["StepBar"]:
        """Show one step with a progress bar while it runs, and its time when it is done."""
        raise_if_told()
        began = time.perf_counter()
        columns = (
            SpinnerColumn(),
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
        )
        shows = self.out.is_terminal
        with Progress(*columns, console=self.out, transient=True, disable=not shows) as bar:
            task = bar.add_task(f"{number} {title}", total=None, note="")
            shown = StepBar(bar, task)
            yield shown
        spent = time.perf_counter() - began
        self.seconds[f"{number} {title}"] = spent
        line = f"[green]✔[/green] [bold]{number} {title}[/bold]  [dim]{spent:.1f} s[/dim]"
        self.out.print(line, highlight=False)
        for told in shown.told:
            self.out.print(Padding(Text(told), (0, 0, 0, 4), expand=False), highlight=False)

    def results(self, imports: dict[str, dict[str, Any]], pool: dict[str, Any]) -> None:
        """One row per import and kind, and what was used of the licenses."""
        table = Table("import", "kind", "added", "updated", "archived", "back", "conflict")
        for title, summary in imports.items():
            shown = [(kind, summary[kind]) for kind in KINDS]
            for at, (kind, counts) in enumerate(shown):
                cells = [str(counts.get(action, 0)) for action in ACTIONS]
                table.add_row(title if at == 0 else "", kind, *cells)
            table.add_section()
        self.out.print(table)
        self.out.print(
            f"licenses {pool['license_product']} {pool['schooljaar']}: {pool['granted']} granted, "
            f"[bold]{pool['used']} used[/bold], {pool['left']} left"
        )

    def times(self) -> None:
        """Seconds per step."""
        table = Table("step", "seconds")
        for title, spent in self.seconds.items():
            table.add_row(title, f"{spent:.1f}")
        table.add_section()
        table.add_row("total", f"{sum(self.seconds.values()):.1f}")
        self.out.print(table)


class StepBar:
    """The bar of a running step, and what to say under it when it is done."""

    def __init__(self, bar: Progress, task: Any) -> None:  # noqa: ANN401 - rich's task id
        """Bind to a task of a progress display."""
        self._bar = bar
        self._task = task
        self.told: list[str] = []

    def watch(self, run: dict[str, Any]) -> None:
        """Show the progress of an import."""
        progress = run["progress"]
        note = f"{progress['phase'] or ''} {progress['done'] or ''}"
        done, total = progress["done"], progress["total"]
        self._bar.update(self._task, completed=done, total=total, note=note)

    def tell(self, *lines: str) -> None:
        """Say something under the finished step."""
        self.told += lines
