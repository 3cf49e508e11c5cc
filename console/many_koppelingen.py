"""`koppeling activate --file`: many koppelingen from a CSV file, row by row."""

import csv
from itertools import islice
from pathlib import Path
from typing import Any

from rich.table import Table

from console.mistake import MistakeError
from console.output import terminal
from console.peers import answer_of, peer

_PATH = "/v1/koppelingen:bulk"
_ROWS_PER_CALL = 500
_NEEDED = ("school_name", "brin", "contact_email")
_MORE = ("product", "begin_on", "end_on")


def activate_all(path: Path, product: str) -> None:
    """Ask for the koppeling of each row, and show what became of it.

    Raises:
        MistakeError: the file cannot be read, or rows were refused; the others were done.

    """
    rows = [{"product": product, **row} for row in _read(path)]
    table = Table("line", "school", "BRIN", "product", "state", "problem")
    refused, left = 0, iter(enumerate(rows, start=2))
    with peer("connector") as client:
        while part := list(islice(left, _ROWS_PER_CALL)):
            answer = answer_of(client.post(_PATH, json=[row for _, row in part]))
            for (line, row), found in zip(part, answer["rows"], strict=True):
                refused += found["problem"] is not None
                given = (row["school_name"], row["brin"], row["product"])
                table.add_row(str(line), *given, *_outcome(found))
    terminal().print(table)
    if refused:
        msg = f"{refused} of {len(rows)} rows were refused; mend them and give the file again"
        raise MistakeError(msg)


def _outcome(found: dict[str, Any]) -> tuple[str, str]:
    problem = found["problem"]
    if problem is None:
        return found["koppeling"]["state"], found["koppeling"]["problem"] or ""
    fields = "; ".join(f"{error['field']}: {error['message']}" for error in problem["errors"])
    return "refused", fields or problem["code"]


def _read(path: Path) -> list[dict[str, str]]:
    """The rows with their filled cells; a spreadsheet's semicolons do as well as commas."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        msg = f"{path} is not UTF-8; save it as CSV UTF-8"
        raise MistakeError(msg) from None
    reader = csv.DictReader(lines, delimiter=";" if lines and ";" in lines[0] else ",")
    columns = reader.fieldnames or ()
    unknown = [name for name in columns if name not in (*_NEEDED, *_MORE)]
    if unknown or not set(_NEEDED) <= set(columns):
        msg = f"the first line must name {', '.join(_NEEDED)}, and may name {', '.join(_MORE)}"
        raise MistakeError(msg)
    rows = [{name: cell or "" for name, cell in row.items() if name in columns} for row in reader]
    return [{k: cell for k, cell in row.items() if cell or k in _NEEDED} for row in rows]
