"""The rows of an Excel workbook as text, sheet row by sheet row."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import BinaryIO
from xml.parsers.expat import ExpatError

from services.importer.sources.raw_rows import LOOKED_AT, RawRow, RawTable
from services.importer.sources.unreadable import UnreadableFileError
from services.importer.sources.xlsx_book import Book
from services.importer.sources.xlsx_sheet import SheetReader
from services.importer.sources.xml_stream import stream
from services.importer.sources.zip_safety import broken

_MOST_SHEETS = 50
# What zipfile and expat say of a damaged file, and what a number is that is none.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ExpatError,
    ArithmeticError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
)


def xlsx_table(file: BinaryIO, is_list: Callable[[Sequence[RawRow]], bool]) -> RawTable:
    """The one sheet that `is_list` takes for a list by its first rows, else the first with any.

    Raises:
        UnreadableFileError: no workbook that may be read, or several such sheets; later, while
            reading: damaged or too large.

    """
    with _as_refusal():
        book = Book.opened(file)
    if not book.sheets or len(book.sheets) > _MOST_SHEETS:
        msg = f"Dit Excel-bestand heeft geen zichtbaar blad, of meer dan {_MOST_SHEETS}."
        raise UnreadableFileError(msg)
    opened = [_Sheet(title, _rows(book, path)) for title, path in book.sheets]
    lists = [sheet for sheet in opened if is_list(sheet.first)]
    if len(lists) > 1:
        msg = (
            "Dit Excel-bestand heeft meer dan één blad met een lijst. Zet alle leerlingen op één "
            "blad; anders lijkt het of de anderen weg zijn."
        )
        raise UnreadableFileError(msg)
    filled = (sheet for sheet in opened if sheet.first)
    chosen = lists[0] if lists else next(filled, opened[0])
    return RawTable("xlsx", chain(chosen.first, chosen.rows), sheet=chosen.title)


class _Sheet:
    """A sheet of which the first rows were read: once, for an empty one may be long."""

    def __init__(self, title: str, rows: Iterator[RawRow]) -> None:
        self.title = title
        self.rows = rows
        self.first = list(islice(rows, LOOKED_AT))


@contextmanager
def _as_refusal() -> Iterator[None]:
    try:
        yield
    except _BROKEN:
        raise broken() from None


def _rows(book: Book, path: str) -> Iterator[RawRow]:
    reader = SheetReader(book)
    with _as_refusal():
        part = book.package.open(book.entry(path))
    with part:
        pieces = stream(part, reader, book.budget)
        is_over: bool | None = False
        while not is_over:
            with _as_refusal():
                is_over = next(pieces, True)
            yield from reader.taken()
