"""The importer: the diff of a million people, one school's first import, apply, a whole country.

Run one part or a smaller one with `python -m benchmarks.importer --part diff --scale 0.1`.
"""

import argparse

from benchmarks.importer_apply import applies
from benchmarks.importer_country import nights
from benchmarks.importer_diff import diffs
from benchmarks.importer_first import firsts
from benchmarks.report import Row, show

PARTS = {"diff": diffs, "first": firsts, "apply": applies, "country": nights}


def measure(scale: float = 1.0) -> list[Row]:
    """All parts; `scale` makes every load smaller."""
    return [row for part in PARTS.values() for row in part(scale)]


def main() -> None:
    """Run one part, as large as wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    show(given.part, PARTS[given.part](given.scale))


if __name__ == "__main__":
    main()
