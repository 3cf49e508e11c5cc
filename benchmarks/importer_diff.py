"""The diff of a million people against a Polars anti-join of the same data, in one process each.

The limit finds which rows of the source are not among Numo's, over all columns, both frames being
in memory; the diff starts from what it starts from in an import, a roster and a document in memory,
and ends with the changes of each field.
"""

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import polars as pl

from benchmarks.importer_people import COLUMNS, changed, document, roster, rows
from benchmarks.report import Row
from deploy.local.processes import ROOT
from services.importer.domain.diff import diff
from shared.collector import let_schools_pass

_PEOPLE = 1_000_000
_TIMES = 5
_MOST = 3.0
_KIB_PER_MIB = 1024


def diffs(scale: float) -> list[Row]:
    """Seconds, memory, and the ratio to the limit."""
    number = round(_PEOPLE * scale)
    ran = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, "-m", "benchmarks.importer_diff", str(number)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(ran.stdout)
    title = f"diff of {number:,} people, 5 % changed"
    return [
        Row(f"{title}: limit, Polars anti-join", found["limit"], "s"),
        Row(
            f"{title}: the registers of both sides, made while they are read",
            found["registers"],
            "s",
        ),
        Row(title, found["diff"], "s"),
        Row(f"{title}: memory of both rosters", found["rosters"], "MiB"),
        Row(f"{title}: memory at its peak", found["peak"], "MiB"),
        Row(
            f"{title}: against the limit",
            found["diff"] / found["limit"],
            "ratio",
            _MOST,
            at_least=False,
        ),
    ]


def main() -> None:
    """Measure in this process, whose memory is nobody else's."""
    let_schools_pass()
    number = int(sys.argv[1])
    old = rows(number)
    new = changed(old)
    limit = _limit(old, new)
    numo, source = roster(old), document(new)
    began = time.perf_counter()
    registers = numo.register, source.register
    reading = time.perf_counter() - began
    del old, new, registers
    gc.collect()
    held = _peak()
    wanted = -(-number // 20)

    def compare() -> None:
        changes = diff(numo, source)
        if len(changes) != wanted or any(len(change.after) != 1 for change in changes):
            msg = f"{len(changes)} changes instead of {wanted}"
            raise RuntimeError(msg)

    seconds = _best(compare)
    print(
        json.dumps(
            {
                "limit": limit,
                "registers": reading,
                "diff": seconds,
                "rosters": held,
                "peak": _peak(),
            }
        )
    )


def _limit(old: list[tuple[str | None, ...]], new: list[tuple[str | None, ...]]) -> float:
    schema = dict.fromkeys(COLUMNS, pl.String)
    left, right = (pl.DataFrame(one, schema=schema, orient="row") for one in (new, old))
    return _best(lambda: left.join(right, on=COLUMNS, how="anti", nulls_equal=True))


def _best(act: Callable[[], object]) -> float:
    """The best of several: the one that the machine disturbed least."""
    times = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB


if __name__ == "__main__":
    main()
