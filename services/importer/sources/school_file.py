"""A school's file at the door: looked at as a whole, and passed on without what is refused."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from typing import BinaryIO

from services.importer.sources.csv_table import csv_table
from services.importer.sources.forbidden_content import forbidden_kind
from services.importer.sources.layout import Layout, find_layout, is_header_again, is_list
from services.importer.sources.raw_rows import WHOLE_ROW, RawRow, RawTable
from services.importer.sources.stated_counts import RowCount, stated_count
from services.importer.sources.unreadable import UnreadableFileError, UntrustedFileError
from services.importer.sources.xlsx_table import xlsx_table
from services.importer.sources.zip_safety import OLE, ZIP, refuse_ole

# Enough to tell a column of BSN's from one of other numbers.
_SAMPLE_ROWS = 1000
_SHAPES = 3
_MOST_ROWS = 2_000_000
_PIECE_CHARACTERS = 256 * 1024


@dataclass(frozen=True)
class SchoolFile:
    """A file that was opened: its layout, and its rows, to be read once."""

    layout: Layout
    rows: Iterator[RawRow]

    def pieces(self, kept: frozenset[int] | None = None) -> Iterator[bytes]:
        """The rows as they are stored: JSON, a few thousand at a time.

        Cells of refused columns are empty; with `kept`, so are those of every other column.

        Raises:
            UnreadableFileError: while reading on: no CSV, damaged, too large, no rows at all, cut
                off, column names once more, or what Numo must not have further down.

        """
        refused = set(self.layout.refused)
        batch: list[object] = []
        read: list[RawRow] = []
        size = 0
        for row, is_total in _checked(self.rows, self.layout):
            if is_total:
                batch.append((row.line, [], {}))
                continue
            dropped = refused if kept is None else set(range(len(row.cells))) - kept
            batch.append(_stored(row, len(self.layout.titles), dropped))
            read.append(row)
            size += sum(map(len, row.cells)) + 32
            if size >= _PIECE_CHARACTERS:
                _refuse_forbidden(self.layout, read, kept)
                yield json.dumps(batch).encode()
                batch, read, size = [], [], 0
        _refuse_forbidden(self.layout, read, kept)
        yield json.dumps(batch).encode()


def open_file(file: BinaryIO, today: date) -> SchoolFile:
    """Recognise a file by what is in it, whatever its name is.

    Raises:
        UnreadableFileError: neither a CSV nor an .xlsx with column names, dangerous, or stale.

    """
    table = _table(file)
    layout, read = find_layout(table)
    layout.check_fresh(today)
    rows = chain(read, table.rows)
    sample = list(islice(rows, _SAMPLE_ROWS))
    layout = layout.refusing(_forbidden_columns(layout, sample))
    shown = layout.model_copy(update={"shapes": _shapes(layout, sample)})
    return SchoolFile(shown, chain(sample, rows))


def stored_rows(piece: bytes) -> list[RawRow]:
    """The rows of a stored piece."""
    return [
        RawRow(line, cells, {int(at): why for at, why in faults.items()})
        for line, cells, faults in json.loads(piece)
    ]


def _table(file: BinaryIO) -> RawTable:
    file.seek(0)
    beginning = file.read(len(ZIP))
    file.seek(0)
    if beginning == OLE:
        refuse_ole(file)
    return xlsx_table(file, is_list) if beginning == ZIP else csv_table(file)


def _forbidden_columns(layout: Layout, rows: list[RawRow]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at in set(range(len(layout.titles))) - layout.refused.keys():
        kind = forbidden_kind(row.cells[at] for row in rows if at < len(row.cells))
        if kind is not None:
            found[at] = kind
    return found


def _refuse_forbidden(layout: Layout, rows: list[RawRow], kept: frozenset[int] | None) -> None:
    """Refuse a file that turns out, below the rows that were looked at, to have such a column."""
    for at, kind in _forbidden_columns(layout, rows).items():
        if kept is None or at in kept:
            msg = (
                f"Kolom {at + 1} heeft verderop in het bestand een gegeven dat Numo niet mag "
                f"hebben ({kind}). Haal die kolom eruit."
            )
            raise UnreadableFileError(msg)


def _shapes(layout: Layout, sample: list[RawRow]) -> dict[int, list[str]]:
    """What cells look like, without what they say: Aaa for Jan, 999 for 123."""
    found: dict[int, list[str]] = {}
    for at in set(range(len(layout.titles))) - layout.refused.keys():
        cells = (row.cells[at].strip() for row in sample if at < len(row.cells))
        found[at] = list(dict.fromkeys(_shape(cell) for cell in cells if cell))[:_SHAPES]
    return found


def _shape(cell: str) -> str:
    signs = []
    for sign in cell[:40]:
        if sign.isdigit():
            signs.append("9")
        elif sign.isalpha():
            signs.append("A" if sign.isupper() else "a")
        else:
            signs.append(sign if sign.isascii() and sign.isprintable() else "?")
    return "".join(signs)


def _stored(row: RawRow, width: int, dropped: set[int]) -> object:
    cells = ["" if at in dropped else cell for at, cell in enumerate(row.cells[:width])]
    faults = {at: why for at, why in row.faults.items() if at not in dropped and 0 <= at < width}
    if WHOLE_ROW in row.faults:
        faults[width] = row.faults[WHOLE_ROW]
    elif any(cell.strip() for cell in row.cells[width:]) or any(at >= width for at in row.faults):
        faults[width] = "deze regel heeft meer kolommen dan de regel met kolomnamen"
    return row.line, cells, faults


def _checked(rows: Iterator[RawRow], layout: Layout) -> Iterator[tuple[RawRow, bool]]:
    """Pass rows on while looking at what only the whole file can tell; True for a total."""
    count = narrow = 0
    width = len(layout.titles)
    last: RawRow | None = None
    for row, is_total in _counted(rows, layout):
        yield row, is_total
        if is_total:
            continue
        count += 1
        if count > _MOST_ROWS:
            raise UnreadableFileError(f"Het bestand heeft meer dan {_MOST_ROWS} regels.")
        narrow += 0 < len(row.cells) < width
        last = row
    if last is None:
        msg = "Het bestand bevat geen leerlingen of medewerkers, alleen kolomnamen."
        raise UnreadableFileError(msg)
    if last.ends_open and narrow == 1 < count and len(last.cells) < width:
        msg = f"Regel {last.line}, de laatste, is niet volledig: het bestand lijkt afgebroken."
        raise UntrustedFileError(msg)


def _counted(rows: Iterator[RawRow], layout: Layout) -> Iterator[tuple[RawRow, bool]]:
    """Pass rows on while holding them against what the file says of its own length."""
    counted = RowCount({**layout.likely, **layout.columns}.get("pupil_number"))
    for row in rows:
        if not row.filled:
            continue
        stated = stated_count(row)
        if stated is not None:
            # A class's own says nothing of the classes that are to come.
            if counted.check(stated, row.line):
                yield row, True
            continue
        if is_header_again(row, layout):
            msg = (
                f"Op regel {row.line} staan de kolomnamen nog eens: dit lijken twee lijsten achter "
                "elkaar. Bewaar ze als één lijst."
            )
            raise UntrustedFileError(msg)
        counted.add(row)
        yield row, False
    if layout.stated is not None:
        counted.check(layout.stated, layout.stated_line)
