"""What a list says of its own length, in a line above or below it, held against its rows.

Only this proves a file to be whole: one that is cut off at the end of a line looks like any other.
"""

import re

from services.importer.domain.normalise import bare_number
from services.importer.sources.raw_rows import MOST_IN_TITLE, RawRow
from services.importer.sources.unreadable import UntrustedFileError

_TOTALS = frozenset({"aantal", "totaal", "totale", "total", "count"})
_COUNTED = frozenset(
    {"leerlingen", "studenten", "personen", "medewerkers", "records", "regels", "rijen"}
)
_OTHERS = frozenset({"de", "dit", "deze", "het", "in", "van", "lijst", "bestand", "selectie"})
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{3})+|\d+")
_WORD = re.compile(r"[^\W\d_]+")
# No school has more; a larger file is compared by its rows alone.
_MOST_NUMBERS = 100_000


def stated_count(row: RawRow) -> int | None:
    """The number in a row such as "Aantal leerlingen: 1.234"; None when it is no such row.

    Of no person so much as three cells would be filled; any word that may narrow the count down
    (meisjes, klas) makes it none.
    """
    if not 0 < row.filled <= MOST_IN_TITLE:
        return None
    said = " ".join(row.cells).casefold()
    words, numbers = set(_WORD.findall(said)), _NUMBER.findall(said)
    if len(numbers) != 1 or not words & (_TOTALS | _COUNTED):
        return None
    if words - _TOTALS - _COUNTED - _OTHERS:
        return None
    return int(numbers[0].replace(".", ""))


class RowCount:
    """How many rows there are, in all and since the last total, and how many pupils."""

    def __init__(self, number_at: int | None) -> None:
        """Begin at the line below the column names; a pupil is known by this column."""
        self._at = number_at
        self._rows = self._part = 0
        self._pupils: set[int] = set()

    def add(self, row: RawRow) -> None:
        """Count a row that is no total."""
        self._rows += 1
        self._part += 1
        if self._at is not None and len(self._pupils) < _MOST_NUMBERS:
            cell = row.cells[self._at] if self._at < len(row.cells) else ""
            self._pupils.add(hash(bare_number(cell.strip())))

    def check(self, stated: int, line: int) -> bool:
        """Hold it against a total, of a class or of all; whether it proves that all are there.

        Raises:
            UntrustedFileError: it is neither the number of rows nor of pupils.

        """
        may_be_pupils = self._at is None and stated < self._rows
        if stated not in {self._rows, self._part, len(self._pupils)} and not may_be_pupils:
            msg = (
                f"Op regel {line} staat dat de lijst {stated} lang is, maar het bestand heeft er "
                f"{self._rows}: het is afgebroken of niet volledig. Maak de export opnieuw, of "
                "haal deze regel weg als die iets anders telt."
            )
            raise UntrustedFileError(msg)
        self._part = 0
        return stated in {self._rows, len(self._pupils)}
