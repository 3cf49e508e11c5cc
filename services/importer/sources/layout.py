"""What a school's file is: how it is written, which column is which, and what is left out."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import islice, zip_longest
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from services.importer.domain.normalise import clean
from services.importer.sources.dates import days_in
from services.importer.sources.headers import FIELDS, plain_title, recognise
from services.importer.sources.raw_rows import (
    LOOKED_AT,
    MOST_IN_TITLE,
    WHOLE_ROW,
    RawRow,
    RawTable,
)
from services.importer.sources.stated_counts import stated_count
from services.importer.sources.unreadable import UnreadableFileError, UntrustedFileError

_NAMES = ("given_name", "family_name")
_NUMBERS = frozenset({"pupil_number", "employee_code"})
# A list of last term says of everybody who came since that they are not there.
_STALE_AFTER = timedelta(days=31)
NO_TITLES = (
    "De eerste regel moet kolomnamen bevatten, in elk geval leerlingnummer of docentcode, "
    "roepnaam en achternaam."
)

_NOT_MAPPED = (
    "Uit de kolomnamen blijkt niet welke kolom het leerlingnummer of de docentcode is, en welke de "
    "roepnaam en de achternaam. Wijs deze kolommen aan."
)


class Layout(BaseModel):
    """Everything that is known of a file besides its rows; may hold titles of the school's own.

    `columns` are fields with their column from 0, by titles that leave no doubt or as a caller
    said; `likely` are guesses. `refused` are columns that Numo must not have: none of their cells
    goes beyond the door. `shapes` are what cells of a column look like, without what they say.
    `stated` is how many rows or pupils a line above the column names says that there are, and
    `stated_line` where.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["csv", "xlsx"]
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_line: int
    titles: tuple[str, ...]
    columns: dict[str, int]
    likely: dict[str, int]
    refused: dict[int, str]
    exported_on: date | None
    shapes: dict[int, list[str]] = {}
    stated: int | None = None
    stated_line: int = 0

    @classmethod
    def of(cls, table: RawTable, header: RawRow, exported_on: date | None) -> Self:
        """By the line with the column names."""
        found = recognise(header.cells)
        return cls.model_validate(
            {
                "kind": table.kind,
                "encoding": table.encoding,
                "delimiter": table.delimiter,
                "sheet": table.sheet,
                "header_line": header.line,
                "titles": tuple(clean(cell[:100]) or "" for cell in header.cells),
                "columns": found.at,
                "likely": found.likely,
                "refused": found.forbidden,
                "exported_on": exported_on,
            }
        )

    def refusing(self, more: Mapping[int, str]) -> Self:
        """The same with further columns that are refused for what is in them."""
        refused = {**self.refused, **more}
        columns = {name: at for name, at in self.columns.items() if at not in refused}
        likely = {name: at for name, at in self.likely.items() if at not in refused}
        update = {"refused": refused, "columns": columns, "likely": likely}
        return self.model_copy(update=update)

    def mapped(self, columns: Mapping[str, int]) -> Self:
        """The same with the columns that a caller named; the guesses are settled by it.

        Raises:
            UnreadableFileError: no such field or column, a refused one, or one named twice.

        """
        for name, at in columns.items():
            if name not in FIELDS or not 0 <= at < len(self.titles):
                msg = f"Kolom {at + 1} bestaat niet: dit bestand heeft {len(self.titles)} kolommen."
                raise UnreadableFileError(msg)
            if at in self.refused:
                msg = f"Kolom {at + 1} is {self.refused[at]}: Numo mag dit gegeven niet hebben."
                raise UnreadableFileError(msg)
        if len(set(columns.values())) < len(columns):
            raise UnreadableFileError("Eén kolom kan maar één gegeven zijn.")
        return self.model_copy(update={"columns": dict(columns), "likely": {}})

    def check_complete(self) -> None:
        """Refuse a mapping from which nobody could be imported.

        Raises:
            UnreadableFileError: no number, or no names.

        """
        if not is_complete(self.columns):
            raise UnreadableFileError(_NOT_MAPPED)

    def check_fresh(self, today: date) -> None:
        """Refuse a list of long ago, when it says of when it is.

        Raises:
            UntrustedFileError: more than 31 days old, or of the future.

        """
        made = self.exported_on
        if made and not today - _STALE_AFTER <= made <= today + timedelta(days=1):
            msg = (
                f"Boven de kolommen staat dat deze lijst van {made:%d-%m-%Y} is. Maak een nieuwe "
                "export; wie sindsdien kwam of ging, zou anders verkeerd worden bijgewerkt."
            )
            raise UntrustedFileError(msg)


def is_complete(columns: Mapping[str, int]) -> bool:
    """Whether a person can be read from these: a number or code, and the names."""
    return all(name in columns for name in _NAMES) and bool(_NUMBERS & columns.keys())


def is_list(first: Sequence[RawRow]) -> bool:
    """Whether column names of a list of people are found among the first rows."""
    return _header_at(first, certain=True) is not None


def find_layout(table: RawTable) -> tuple[Layout, list[RawRow]]:
    """The layout of a table, and the rows that were read after its header to find it.

    Title rows above the column names are passed over when they hold at most two cells each and
    the names below them leave no doubt; a day in them is the day of the export.

    Raises:
        UnreadableFileError: no line with column names.

    """
    first = [row for row in islice(table.rows, LOOKED_AT) if row.filled]
    if not first:
        raise UnreadableFileError(NO_TITLES)
    at = _header_at(first, certain=True)
    if at is None:
        at = _header_at(first, certain=False)
        if at is None or _is_data(first[at]):
            raise UnreadableFileError(_why_no_titles(first))
    header = first[at]
    if header.faults:
        raise UnreadableFileError("De kolomnamen mogen geen formules zijn.")
    layout = Layout.of(table, header, _day_above(first[:at]))
    counts = [(count, row.line) for row in first[:at] if (count := stated_count(row)) is not None]
    if counts:
        layout = layout.model_copy(update={"stated": counts[0][0], "stated_line": counts[0][1]})
    return layout, first[at + 1 :]


def _why_no_titles(first: Sequence[RawRow]) -> str:
    found = ((row.line, row.faults[WHOLE_ROW]) for row in first if WHOLE_ROW in row.faults)
    return next((f"Op regel {line} staat iets mis: {why}." for line, why in found), NO_TITLES)


def is_header_again(row: RawRow, layout: Layout) -> bool:
    """Whether a row repeats the column names: two lists behind each other."""
    cells = (plain_title(cell) for cell in row.cells if cell.strip())
    titles = (plain_title(title) for title in layout.titles if title)
    # Most rows differ in their first cell already.
    return all(cell == title for cell, title in zip_longest(cells, titles))


def _header_at(rows: Sequence[RawRow], *, certain: bool) -> int | None:
    for at, row in enumerate(rows):
        found = recognise(row.cells)
        if is_complete(found.at if certain else found.at | found.likely):
            return at
        if row.filled > MOST_IN_TITLE:
            # Whatever it is, it is no title: names below it would be a coincidence.
            return None if certain else at
    return None


def _is_data(row: RawRow) -> bool:
    cells = [cell.strip() for cell in row.cells]
    return any(cell.isdigit() or "@" in cell for cell in cells)


def _day_above(rows: Sequence[RawRow]) -> date | None:
    """The first day that a line has to itself; two make a period, e.g. of a schooljaar."""
    named = (days_in(" ".join(row.cells)) for row in rows)
    return next((day for days in named if len(days) == 1 for day in days), None)
