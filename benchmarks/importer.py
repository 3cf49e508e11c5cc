"""The importer: the diff of a million people, one school's first import, apply, a whole country.

Run one part or a smaller one with `python -m benchmarks.importer --part diff --scale 0.1`.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.importer_apply import applies
from benchmarks.importer_country import nights
from benchmarks.importer_diff import diffs
from benchmarks.importer_first import firsts
from benchmarks.report import Row, show_as_made

PARTS: dict[str, Callable[[float], Iterable[Row]]] = {
    "diff": diffs,
    "first": firsts,
    "apply": applies,
    "country": nights,
}


def measure(scale: float = 1.0) -> Iterator[Row]:
    """All parts, each row as soon as it is known; `scale` makes every load smaller."""
    for part in PARTS.values():
        yield from part(scale)


def main() -> None:
    """Run one part, as large as wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--json", type=Path, help="where to write the rows")
    given = parser.parse_args()
    show_as_made(given.part, PARTS[given.part](given.scale), given.json)


if __name__ == "__main__":
    main()
