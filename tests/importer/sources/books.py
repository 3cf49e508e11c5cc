"""Excel workbooks as schools have them, and as nobody should."""

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from openpyxl import Workbook


def book(*sheets: Iterable[Sequence[Any]]) -> bytes:
    """A workbook with these rows on its sheets."""
    made = Workbook()
    made.remove(made.active)
    for rows in sheets:
        sheet = made.create_sheet()
        for row in rows:
            sheet.append(list(row))
    return saved(made)


def saved(made: Workbook) -> bytes:
    """The bytes of a workbook."""
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return file.getvalue()


def altered(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A workbook with other entries."""
    with zipfile.ZipFile(io.BytesIO(content)) as read:
        entries = {name: read.read(name) for name in read.namelist()}
    change(entries)
    return zipped(entries)
