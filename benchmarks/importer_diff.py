"""The diff of a million people against a Polars anti-join of the same data.

The limit finds which rows of the source are not among Numo's, over all columns; the diff ends with
the changes of each field. They are compared twice, in turns in one process. First each from its own
arrangement of both sides in memory: columns there, a roster and a document with their registers
here, which an import makes when it has read them; once with both in one order, and once with the
source in another one. Then each from Python's objects, so that making the columns and the registers
counts too. Memory is measured in a process without Polars.
"""

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import polars as pl

from benchmarks.importer_people import COLUMNS, changed, document, roster, rows
from benchmarks.importer_people import Row as Told
from benchmarks.report import Row
from deploy.local.processes import ROOT
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Roster
from shared.collector import let_schools_pass

_PEOPLE = 1_000_000
_TURNS, _TURNS_FROM_OBJECTS = 7, 3
_MOST = 3.0
_SEED = 20261125
_KIB_PER_MIB = 1024


def diffs(scale: float) -> list[Row]:
    """Seconds, memory, and the ratios to the limit."""
    number = round(_PEOPLE * scale)
    times, memory = (_measured(what, number) for what in ("time", "memory"))
    title = f"diff of {number:,} people, 5 % changed"
    return [
        Row(f"{title}: limit, Polars anti-join", times["limit"], "s"),
        Row(title, times["diff"], "s"),
        _ratio(f"{title}: against the limit", times["diff"] / times["limit"]),
        Row(f"{title}: limit, the source in another order", times["mixed_limit"], "s"),
        Row(f"{title}: the source in another order", times["mixed"], "s"),
        _ratio(
            f"{title}: against the limit, in another order", times["mixed"] / times["mixed_limit"]
        ),
        Row(f"{title}: limit from objects, columns made too", times["whole_limit"], "s"),
        Row(f"{title}: from objects, registers made too", times["whole"], "s"),
        _ratio(f"{title}: against the limit, from objects", times["whole"] / times["whole_limit"]),
        Row(f"{title}: memory of both rosters", memory["rosters"], "MiB"),
        Row(f"{title}: memory at its peak", memory["peak"], "MiB"),
    ]


def _ratio(name: str, value: float) -> Row:
    return Row(name, value, "ratio", _MOST, at_least=False)


def _measured(what: str, number: int) -> dict[str, float]:
    ran = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, "-m", "benchmarks.importer_diff", what, str(number)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def main() -> None:
    """Measure in this process, whose memory is nobody else's."""
    let_schools_pass()
    what, number = sys.argv[1], int(sys.argv[2])
    print(json.dumps({"time": _times, "memory": _memory}[what](number)))


def _times(number: int) -> dict[str, float]:
    old, new = list(rows(number)), list(changed(rows(number)))
    # No text of one side is the other's: read from two places, they would not be.
    numo, source = roster(rows(number)), document(changed(rows(number)))
    left, right = _frame(new), _frame(old)
    _compare(numo, source)
    limit, found = _in_turns(
        _TURNS, lambda: _anti_join(left, right), lambda: _compare(numo, source)
    )
    whole_limit, whole = _in_turns(
        _TURNS_FROM_OBJECTS,
        lambda: _anti_join(_frame(new), _frame(old)),
        # Copies have no registers yet.
        lambda: _compare(replace(numo), replace(source)),
    )
    order = sorted(range(number), key=lambda at: hash((_SEED, at)))
    mixed = replace(source, people=[source.people[at] for at in order])
    mixed_left = _frame([new[at] for at in order])
    _compare(numo, mixed)
    mixed_limit, mixed_found = _in_turns(
        _TURNS, lambda: _anti_join(mixed_left, right), lambda: _compare(numo, mixed)
    )
    return {
        "limit": limit,
        "diff": found,
        "mixed_limit": mixed_limit,
        "mixed": mixed_found,
        "whole_limit": whole_limit,
        "whole": whole,
    }


def _memory(number: int) -> dict[str, float]:
    numo, source = roster(rows(number)), document(changed(rows(number)))
    gc.collect()
    held = _peak()
    _compare(numo, source)
    return {"rosters": held, "peak": _peak()}


def _compare(numo: Roster, source: Document) -> None:
    changes = diff(numo, source)
    wanted = -(-len(numo.people) // 20)
    if len(changes) != wanted or any(len(change.after) != 1 for change in changes):
        msg = f"{len(changes)} changes instead of {wanted}"
        raise RuntimeError(msg)


def _frame(told: list[Told]) -> pl.DataFrame:
    return pl.DataFrame(told, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _anti_join(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    return left.join(right, on=COLUMNS, how="anti", nulls_equal=True)


def _in_turns(turns: int, *acts: Callable[[], object]) -> list[float]:
    """The best of several of each, in turns: what disturbs the machine disturbs all of them."""
    best = [float("inf")] * len(acts)
    for _ in range(turns):
        for nth, act in enumerate(acts):
            began = time.perf_counter()
            act()
            best[nth] = min(best[nth], time.perf_counter() - began)
    return best


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB


if __name__ == "__main__":
    main()
