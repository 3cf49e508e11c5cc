"""The rows of a CSV, line by line: memory does not grow with the file."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from services.importer.sources.encoding import encoding_of
from services.importer.sources.raw_rows import (
    LONGEST_CELL,
    LOOKED_AT,
    MOST_COLUMNS,
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
    """The sign that divides some line into most cells; between equals the usual one.

    A title above the column names has none.
    """
    return max(_DELIMITERS, key=lambda sign: max((line.count(sign) for line in lines), default=0))


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
            raise UnreadableFileError(_why(number, error)) from None
        if cells is None:
            return
        if len(cells) > MOST_COLUMNS:
            msg = f"Regel {number} heeft meer dan {MOST_COLUMNS} kolommen."
            raise UnreadableFileError(msg)
        yield RawRow(number, cells, ends_open=not lines.is_ended)


def _why(line: int, error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"Regel {line} heeft een cel van meer dan {LONGEST_CELL} tekens."
    if "unexpected end of data" in str(error):
        return f"Regel {line} eindigt niet: het bestand lijkt afgebroken."
    return f"Regel {line} kan niet worden gelezen: er staan aanhalingstekens verkeerd."
