"""The rows of one sheet as text: what the school sees in its cells."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel

from services.importer.sources.raw_rows import LONGEST_CELL, MOST_COLUMNS, RawRow
from services.importer.sources.unreadable import UnreadableFileError
from services.importer.sources.xlsx_book import PLAIN, Book
from services.importer.sources.xlsx_texts import Pieces
from services.importer.sources.zip_safety import broken

# Excel's XML is read at the door, while the caller waits: more rows are for a CSV.
MOST_ROWS = 250_000
# A number of a double is exact up to here (15 digits, as Excel itself shows).
_EXACT = 10**15
_PADDED = re.compile("0+")
_FORMULA_FAULT = "is een formule; plak de kolom als waarden"
_ERROR_FAULT = "is een fout van Excel, zoals #N/B"
_column = lru_cache(maxsize=2048)(column_index_from_string)
_Shown = tuple[str, str | None]


class SheetReader:
    """Makes rows of a sheet's XML; `taken` are those that are whole since the last time.

    Of empty cells and rows nothing is kept, however many the sheet has of them.
    """

    tags = ("sheetData", "row", "c", "v", "f", "t", "rPh")

    def __init__(self, book: Book) -> None:
        """Read cells by the texts and formats of their book."""
        self._book = book
        self._rows: list[RawRow] = []
        self._line = self._at = 0
        self._cells: dict[int, _Shown] = {}
        self._cell: Mapping[str, str] = {}
        self._value, self._formula = Pieces(), Pieces()
        self._into: Pieces | None = None
        self._is_hint = False
        self._has_formula = False
        self.is_done = False

    def taken(self) -> list[RawRow]:
        """The rows with something in them that were read since."""
        found, self._rows = self._rows, []
        return found

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin a row, a cell, or what is in it."""
        match tag:
            case "c":
                place = attributes.get("r")
                self._at = _column(place.rstrip("0123456789")) if place else self._at + 1
                self._cell = attributes
            case "v":
                self._into = self._value
            case "t" if not self._is_hint:
                self._into = self._value
            case "row":
                self._begin_row(int(attributes.get("r") or self._line + 1))
            case "f":
                self._has_formula, self._into = True, self._formula
            case "rPh":
                self._is_hint = True
            case _:
                pass

    def end(self, tag: str) -> None:
        """End it; a sheet is done with its data."""
        self._into = None
        match tag:
            case "c":
                self._end_cell()
            case "row":
                self._end_row()
            case "rPh":
                self._is_hint = False
            case "sheetData":
                self.is_done = True
            case _:
                pass

    def text(self, text: str) -> None:
        """Take a piece of a cell."""
        if self._into is not None:
            self._into.add(text)

    def _begin_row(self, line: int) -> None:
        # Excel itself takes rows that are not in order for damage.
        if line <= self._line:
            raise broken()
        self._line, self._at = line, 0

    def _end_cell(self) -> None:
        value = self._value.taken()
        if self._has_formula:
            self._has_formula = False
            shown: _Shown = f"={self._formula.taken()}", _FORMULA_FAULT
        elif value:
            shown = self._shown(value)
        else:
            return
        if self._at > MOST_COLUMNS:
            msg = f"Regel {self._line} heeft meer dan {MOST_COLUMNS} kolommen."
            raise UnreadableFileError(msg)
        if len(shown[0]) > LONGEST_CELL:
            msg = f"Regel {self._line} heeft een cel van meer dan {LONGEST_CELL} tekens."
            raise UnreadableFileError(msg)
        if self._at in self._cells:
            raise broken()
        self._cells[self._at] = shown

    def _end_row(self) -> None:
        filled = {at - 1: shown for at, shown in self._cells.items() if shown[0]}
        self._cells.clear()
        if not any(text.strip() for text, _ in filled.values()):
            return
        if self._line > MOST_ROWS:
            msg = f"Het blad heeft meer dan {MOST_ROWS} regels. Bewaar het als CSV UTF-8."
            raise UnreadableFileError(msg)
        texts = [filled[at][0] if at in filled else "" for at in range(max(filled) + 1)]
        faults = {at: fault for at, (_, fault) in sorted(filled.items()) if fault is not None}
        self._rows.append(RawRow(self._line, texts, faults))

    def _shown(self, value: str) -> _Shown:
        match self._cell.get("t", "n"):
            case "s":
                return self._book.texts[int(value)], None
            case "b":
                return "WAAR" if int(value) else "ONWAAR", None
            case "e":
                return value, _ERROR_FAULT
            case "n":
                return self._number(value)
            case _:
                return value, None

    def _number(self, value: str) -> _Shown:
        number = float(value) if any(sign in value for sign in ".eE") else int(value)
        style = int(self._cell.get("s") or 0)
        known = self._book.formats
        shape = known[style] if 0 <= style < len(known) else PLAIN
        if shape.is_date:
            try:
                return _text(from_excel(number, self._book.epoch, timedelta=shape.is_span)), None
            except (OverflowError, ValueError):
                return "#VALUE!", _ERROR_FAULT
        if not math.isfinite(number):
            return str(number), "is geen getal"
        if abs(number) >= _EXACT:
            return str(number), "is door Excel afgerond; bewaar de kolom als tekst"
        if number != int(number):
            return str(number), None
        # A number format 000000 shows 123 as 000123, and that is what the school sees.
        padded = _PADDED.fullmatch(shape.code)
        return str(int(number)).zfill(len(padded.group()) if padded else 0), None


def _text(moment: date | time | datetime | timedelta) -> str:
    match moment:
        case datetime() if moment.time() == time():
            return moment.date().isoformat()
        case date() | time():
            return moment.isoformat()
        case _:
            return str(moment)
