"""The rows of a CSV, line by line: memory does not grow with the file."""

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from services.importer.sources.encoding import encoding_of
from services.importer.sources.headers import recognise
from services.importer.sources.raw_rows import (
    LONGEST_CELL,
    LOOKED_AT,
    MOST_COLUMNS,
    WHOLE_ROW,
    RawRow,
    RawTable,
)
from services.importer.sources.unreadable import UnreadableFileError

_DELIMITERS = ";\t,|"
# Excel's own way to name the delimiter, on a line before the column names.
_SEP_LINE = re.compile(rf"sep=([{_DELIMITERS}])(?:\r\n|\r|\n)", re.IGNORECASE)
# Of a row, too: quoted line ends let one row go on over any number of lines.
_LONGEST_LINE = 1_000_000


def csv_table(file: BinaryIO) -> RawTable:
    """A CSV's rows; encoding and delimiter are recognised, `sep=;` is heeded.

    Raises:
        UnreadableFileError: no text; later, while reading: a line that is no CSV or too large.

    """
    encoding = encoding_of(file)
    # Five bytes have no meaning in Windows-1252; a replacement sign shows where they were.
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    lines = _Lines(text)
    first = []
    for line in islice(lines, LOOKED_AT):
        lines.begin_row()
        first.append(line)
    if next(filter(str.strip, first), "").lstrip().startswith("<"):
        # Some programs name such a file .xls.
        msg = "Dit is een webpagina of XML. Open het in Excel en bewaar het als .xlsx."
        raise UnreadableFileError(msg)
    named = _SEP_LINE.fullmatch(first[0]) if first else None
    before = 1 if named else 0
    delimiter = named.group(1) if named else _guess_delimiter(first)
    lines.put_back(first[before:])
    rows = _rows(lines, delimiter, before)
    return RawTable("csv", rows, encoding=encoding, delimiter=delimiter)


class _Lines:
    """The lines of a text with their ends, in one row no more than a row may be."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self._count = 0
        self._row_length = 0
        self.is_ended = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        self._count += 1
        self._row_length += len(line)
        if self._row_length >= _LONGEST_LINE:
            msg = f"Regel {self._count} is langer dan {_LONGEST_LINE} tekens."
            raise UnreadableFileError(msg)
        self.is_ended = line.endswith(("\r", "\n"))
        return line

    def begin_row(self) -> None:
        """What comes now is another row."""
        self._row_length = 0

    def put_back(self, lines: list[str]) -> None:
        """Give lines once more, before all others."""
        self._again.extend(lines)
        self._count -= len(lines)


def _guess_delimiter(lines: list[str]) -> str:
    """The sign between most column names, else that of which most lines have as many.

    A column of subjects, or a title above the column names, may hold more commas than there are
    columns.
    """

    def rank(sign: str) -> tuple[int, int, int]:
        titles = (line[:LONGEST_CELL].split(sign, MOST_COLUMNS) for line in lines)
        named = max((len(recognise(cells).at) for cells in titles), default=0)
        times = Counter(count for line in lines if (count := line.count(sign)))
        return named, max(times.values(), default=0), max(times, default=0)

    return max(_DELIMITERS, key=rank)


def _rows(lines: _Lines, delimiter: str, before: int) -> Iterator[RawRow]:
    csv.field_size_limit(LONGEST_CELL)
    # Strict: a quote that is never closed would silently swallow everybody after it.
    # Some programs put a blank before the quote.
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        number = before + reader.line_num + 1
        lines.begin_row()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield _misquoted(number, before + reader.line_num, error)
            continue
        if cells is None:
            return
        if len(cells) > MOST_COLUMNS:
            msg = f"Regel {number} heeft meer dan {MOST_COLUMNS} kolommen."
            raise UnreadableFileError(msg)
        last = before + reader.line_num
        if last > number and _swallows(cells, delimiter):
            yield _told(number, last)
            continue
        yield RawRow(number, cells, ends_open=not lines.is_ended)


def _misquoted(number: int, last: int, error: csv.Error) -> RawRow:
    """The row of which quotes stand in a wrong place; after any other error none can follow."""
    if "field limit" in str(error):
        msg = f"Regel {number} heeft een cel van meer dan {LONGEST_CELL} tekens."
        raise UnreadableFileError(msg) from None
    if "expected after" not in str(error):
        msg = f"Regel {number} eindigt niet: het bestand lijkt afgebroken."
        raise UnreadableFileError(msg) from None
    return _told(number, last)


def _swallows(cells: list[str], delimiter: str) -> bool:
    """Whether a cell of several lines has a whole row in it: its quotes are those of two people.

    In a text that somebody wrote, a blank comes after the sign.
    """
    enough = max(len(cells) - 1, 1)
    return any(cell.count(delimiter) - cell.count(f"{delimiter} ") >= enough for cell in cells)


def _told(number: int, last: int) -> RawRow:
    why = "de aanhalingstekens staan verkeerd"
    if last > number:
        # The quote that began on the first was only closed on the last.
        why = f"{why}: regel {number} tot en met {last} zijn niet gelezen"
    return RawRow(number, [], {WHOLE_ROW: why})
