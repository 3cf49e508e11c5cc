"""Tables for people who open them in Excel: CSV and XLSX that can start no formula.

A text that a spreadsheet would run (OWASP, "CSV Injection": = + - @ tab CR LF, also behind blanks
or in their full-width forms) gets an apostrophe in front in a CSV; `unguarded` takes it off again
for whoever reads the file by program. An XLSX needs none: there a cell says itself that it is text.
Numbers, dates and booleans are no text and are written as what they are.

A CSV has a byte order mark, semicolons and decimal commas, because a Dutch Excel opens it so by a
double click; every cell is quoted, so that another delimiter does not cut a text in two.
"""

import csv
import io
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any, BinaryIO, cast

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from shared.clock import AMSTERDAM

Cell = str | int | float | Decimal | date | datetime | bool | None
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOM = "\ufeff"
# A text that is guarded already is guarded once more, or taking it off would not be the inverse.
_DANGEROUS = re.compile(r"'*\s*[\t\r\n=+\-@\uff1d\uff0b\uff0d\uff20]")
# What XML 1.0 (section 2.2) cannot hold, and Postgres or a terminal would stumble over.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Limits of Excel itself ("Excel specifications and limits").
_LONGEST_CELL = 32_767
_MOST_ROWS = 1_048_576
# By so many rows a column's width is judged; in characters, with room for the filter's button.
_LOOKED_AT = 200
_WIDEST = 60
_ROOM = 3


def guarded(text: str) -> str:
    """A text with an apostrophe in front when a spreadsheet would take it for a formula."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` made this of."""
    is_guarded = text.startswith("'") and _DANGEROUS.match(text, 1)
    return text[1:] if is_guarded else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A CSV, line by line; moments are shown in Dutch time."""
    yield _csv_line(header, _BOM)
    for row in rows:
        yield _csv_line(row)


async def csv_stream(
    header: Sequence[str], rows: AsyncIterable[Sequence[Cell]]
) -> AsyncIterator[bytes]:
    """The same of rows that are still coming."""
    yield _csv_line(header, _BOM)
    async for row in rows:
        yield _csv_line(row)


def write_xlsx(file: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """An Excel workbook; what one sheet cannot hold goes on on the next.

    Rows go through a temporary file, so memory is flat; it takes its time: call it in a thread.
    """
    book = Workbook(write_only=True)
    left = iter(rows)
    number = 0
    while (first := list(islice(left, min(_LOOKED_AT, _MOST_ROWS - 1)))) or number == 0:
        number += 1
        sheet = book.create_sheet(f"Blad{number}")
        _lay_out(sheet, header, first)
        sheet.append([_title_cell(sheet, title) for title in header])
        written = 1
        for row in chain(first, islice(left, _MOST_ROWS - 1 - len(first))):
            sheet.append([_xlsx_cell(sheet, value) for value in row])
            written += 1
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{written}"
    book.save(file)


def _lay_out(sheet: Any, header: Sequence[str], first: Sequence[Sequence[Cell]]) -> None:  # noqa: ANN401
    """Columns as wide as what their first rows say, and titles that stay in sight."""
    sheet.freeze_panes = "A2"
    for at, title in enumerate(header):
        longest = max(len(str(row[at] if row[at] is not None else "")) for row in (header, *first))
        width = min(max(longest, len(title)), _WIDEST) + _ROOM
        sheet.column_dimensions[get_column_letter(at + 1)].width = width


def _title_cell(sheet: Any, title: str) -> Any:  # noqa: ANN401 - openpyxl has no types
    cell = _xlsx_cell(sheet, title)
    cell.font = Font(bold=True)
    return cell


def xlsx_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A small Excel workbook as a whole; see `write_xlsx`."""
    file = io.BytesIO()
    write_xlsx(file, header, rows)
    return file.getvalue()


def attachment(name: str) -> dict[str, str]:
    """The header that has a browser save the answer under a plain ASCII name, never show it."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _csv_line(row: Sequence[Cell], before: str = "") -> bytes:
    line = io.StringIO()
    csv.writer(line, delimiter=";", quoting=csv.QUOTE_ALL).writerow(map(_csv_text, row))
    return (before + line.getvalue()).encode()


def _csv_text(value: Cell) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _yes_or_no(value=value)
        case str():
            return guarded(_writable(value))
        case datetime():
            return _dutch_time(value).isoformat(sep=" ", timespec="seconds")
        case float() | Decimal():
            return str(value).replace(".", ",")
        case int() | date():
            return str(value)


def _xlsx_cell(sheet: Any, value: Cell) -> Any:  # noqa: ANN401 - openpyxl has no types for either
    match value:
        case bool():
            value = _yes_or_no(value=value)
        case str():
            value = _writable(value)[:_LONGEST_CELL]
        case datetime():
            value = _dutch_time(value)
        case Decimal():
            value = float(value)
        case _:
            pass
    cell = WriteOnlyCell(sheet, cast("str | float | datetime | None", value))
    if isinstance(value, str):
        # openpyxl takes =… for a formula; this says that it is text.
        cell.data_type = "s"
    return cell


def _yes_or_no(*, value: bool) -> str:
    return "ja" if value else "nee"


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)


def _dutch_time(moment: datetime) -> datetime:
    """Without its zone, which a spreadsheet does not know."""
    local = moment.astimezone(AMSTERDAM) if moment.tzinfo else moment
    return local.replace(tzinfo=None, microsecond=0)
