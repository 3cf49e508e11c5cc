"""The rows of an Excel workbook as text, sheet row by sheet row."""

import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from services.importer.sources.raw_rows import LONGEST_CELL, MOST_COLUMNS, RawRow, RawTable
from services.importer.sources.unreadable import UnreadableFileError
from services.importer.sources.zip_safety import broken, check_workbook

_MOST_SHEETS = 50
# Excel's XML is read at the door, while the caller waits: more rows are for a CSV.
_MOST_ROWS = 250_000
# A number of a double is exact up to here (15 digits, as Excel itself shows).
_EXACT = 10**15
_PADDED = re.compile("0+")
# openpyxl lets whatever a broken file makes its parser say come through; what defusedxml refuses
# is a ValueError.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def xlsx_table(file: BinaryIO, is_list: Callable[[Iterator[RawRow]], bool]) -> RawTable:
    """The one sheet that `is_list` takes for a list of people, else the first with anything.

    Raises:
        UnreadableFileError: no workbook that may be read, or several such sheets; later, while
            reading: damaged or too large.

    """
    check_workbook(file)
    with _as_refusal():
        # data_only would hide a formula behind the value that it had when the file was saved.
        book = load_workbook(file, read_only=True, keep_links=False, data_only=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets or len(sheets) > _MOST_SHEETS:
        msg = f"Dit Excel-bestand heeft geen zichtbaar blad, of meer dan {_MOST_SHEETS}."
        raise UnreadableFileError(msg)
    lists = [sheet for sheet in sheets if is_list(_rows(sheet))]
    if len(lists) > 1:
        msg = (
            "Dit Excel-bestand heeft meer dan één blad met een lijst. Zet alle leerlingen op één "
            "blad; anders lijkt het of de anderen weg zijn."
        )
        raise UnreadableFileError(msg)
    filled = (sheet for sheet in sheets if next(_rows(sheet), None) is not None)
    chosen = lists[0] if lists else next(filled, sheets[0])
    return RawTable("xlsx", _rows(chosen), sheet=chosen.title)


@contextmanager
def _as_refusal() -> Iterator[None]:
    try:
        yield
    except _BROKEN:
        raise broken() from None


def _rows(sheet: Any) -> Iterator[RawRow]:  # noqa: ANN401 - openpyxl's stubs know no read-only sheet
    with _as_refusal():
        # What a sheet says of its own size may be wrong.
        sheet.reset_dimensions()
        rows = iter(sheet.iter_rows(max_col=MOST_COLUMNS + 1))
    line = 0
    while True:
        with _as_refusal():
            cells = next(rows, None)
            row = None if cells is None else _row(line + 1, cells)
        if row is None:
            return
        line += 1
        if line > _MOST_ROWS:
            msg = f"Het blad heeft meer dan {_MOST_ROWS} regels. Bewaar het als CSV UTF-8."
            raise UnreadableFileError(msg)
        if len(row.cells) > MOST_COLUMNS:
            msg = f"Regel {line} heeft meer dan {MOST_COLUMNS} kolommen."
            raise UnreadableFileError(msg)
        if any(len(cell) > LONGEST_CELL for cell in row.cells):
            msg = f"Regel {line} heeft een cel van meer dan {LONGEST_CELL} tekens."
            raise UnreadableFileError(msg)
        if row.filled:
            yield row


def _row(line: int, cells: Sequence[Any]) -> RawRow:
    texts: list[str] = []
    faults: dict[int, str] = {}
    for at, cell in enumerate(cells):
        fault = _fault(cell)
        if fault is not None:
            faults[at] = fault
        texts.append("" if cell.value is None else _text(cell))
    while texts and not texts[-1]:
        texts.pop()
    return RawRow(line, texts, faults)


def _fault(cell: Any) -> str | None:  # noqa: ANN401 - a read-only or an empty cell
    if cell.value is None:
        return None
    if cell.data_type == "f":
        return "is een formule; plak de kolom als waarden"
    if cell.data_type == "e":
        return "is een fout van Excel, zoals #N/B"
    if isinstance(cell.value, float) and not math.isfinite(cell.value):
        return "is geen getal"
    if isinstance(cell.value, int | float) and abs(cell.value) >= _EXACT:
        return "is door Excel afgerond; bewaar de kolom als tekst"
    return None


def _text(cell: Any) -> str:  # noqa: ANN401 - a read-only cell
    match cell.value:
        case bool() as flag:
            return "WAAR" if flag else "ONWAAR"
        case datetime() as moment if moment.time() == time():
            return moment.date().isoformat()
        case date() | time() as moment:
            return moment.isoformat()
        case int() | float() as number if abs(number) < _EXACT and number == int(number):
            shown = str(int(number))
            # A number format 000000 shows 123 as 000123, and that is what the school sees.
            padded = _PADDED.fullmatch(cell.number_format or "")
            return shown.zfill(len(padded.group())) if padded else shown
        case other:
            return str(other)
