"""The rows of an Excel workbook as text, sheet row by sheet row."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO
from xml.parsers.expat import ExpatError

from services.importer.sources.raw_rows import RawRow, RawTable
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


def xlsx_table(file: BinaryIO, is_list: Callable[[Iterator[RawRow]], bool]) -> RawTable:
    """The one sheet that `is_list` takes for a list of people, else the first with anything.

    Raises:
        UnreadableFileError: no workbook that may be read, or several such sheets; later, while
            reading: damaged or too large.

    """
    with _as_refusal():
        book = Book.opened(file)
    if not book.sheets or len(book.sheets) > _MOST_SHEETS:
        msg = f"Dit Excel-bestand heeft geen zichtbaar blad, of meer dan {_MOST_SHEETS}."
        raise UnreadableFileError(msg)
    lists = [sheet for sheet in book.sheets if is_list(_rows(book, sheet))]
    if len(lists) > 1:
        msg = (
            "Dit Excel-bestand heeft meer dan één blad met een lijst. Zet alle leerlingen op één "
            "blad; anders lijkt het of de anderen weg zijn."
        )
        raise UnreadableFileError(msg)
    filled = (sheet for sheet in book.sheets if next(_rows(book, sheet), None) is not None)
    chosen = lists[0] if lists else next(filled, book.sheets[0])
    return RawTable("xlsx", _rows(book, chosen), sheet=chosen[0])


@contextmanager
def _as_refusal() -> Iterator[None]:
    try:
        yield
    except _BROKEN:
        raise broken() from None


def _rows(book: Book, sheet: tuple[str, str]) -> Iterator[RawRow]:
    reader = SheetReader(book)
    with _as_refusal():
        part = book.package.open(book.entry(sheet[1]))
    with part:
        pieces = stream(part, reader, book.budget)
        is_over: bool | None = False
        while not is_over:
            with _as_refusal():
                is_over = next(pieces, True)
            yield from reader.taken()
