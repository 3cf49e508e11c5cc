"""`make bench NAME=<name> [JSON=<file>]`: run one benchmark, print its table, write its rows."""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.report import show_as_made

NAMES = ("connector", "importer", "journey", "licensing", "reconciliation")


def main() -> None:
    """Run the benchmark that the command line names."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", type=Path, help="where to write the rows")
    given = parser.parse_args()
    show_as_made(given.name, import_module(f"benchmarks.{given.name}").measure(), given.json)


if __name__ == "__main__":
    main()
