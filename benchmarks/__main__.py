"""`make bench NAME=<name> [JSON=<file>]`: run one benchmark, print its table, write its rows."""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.report import show, write

NAMES = ("connector", "importer", "journey", "licensing")


def main() -> None:
    """Run the benchmark that the command line names."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", type=Path, help="where to write the rows")
    given = parser.parse_args()
    rows = import_module(f"benchmarks.{given.name}").measure()
    show(given.name, rows)
    if given.json is not None:
        write(given.json, rows)


if __name__ == "__main__":
    main()
