"""A row of a school's file as it stands there, whatever kind of file it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_COLUMNS = 200
LONGEST_CELL = 10_000
# Column names, and whatever else a file is known by, stand on the first so many rows.
LOOKED_AT = 20
# A line above or below a list: a word and a date or a number, not a person.
MOST_IN_TITLE = 2
# Where the fault stands of a row whose cells cannot be told apart.
WHOLE_ROW = -1


@dataclass(frozen=True, slots=True)
class RawRow:
    """The cells of one row, with the line (or sheet row) that it begins on, counted from 1.

    `faults` are Dutch reasons by column (from 0) why a cell says nothing, e.g. a formula.
    `ends_open` is a row of a CSV without a line end: the file stops there. A stored row of nothing
    at all stands for a total, which was held against the rows when the file came.
    """

    line: int
    cells: list[str]
    faults: dict[int, str] = field(default_factory=dict)
    ends_open: bool = False

    @property
    def filled(self) -> int:
        """How many cells hold something; one, where they cannot be told apart."""
        return sum(1 for cell in self.cells if cell.strip()) + (WHOLE_ROW in self.faults)

    @property
    def is_total(self) -> bool:
        """Whether a stored row stands for a total."""
        return not self.cells and not self.faults


@dataclass(frozen=True)
class RawTable:
    """Rows of one kind of file, and how they are written; read once, from the beginning.

    `encoding` and `delimiter` are of a CSV, `sheet` of a workbook.
    """

    kind: str
    rows: Iterator[RawRow]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
