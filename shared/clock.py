"""Time: the only place that reads the clock, and the rule of the schooljaar."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_FIRST_MONTH = 8


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The present calendar day in the Netherlands, where a koppeling's dates are read."""
    return datetime.now(AMSTERDAM).date()


@dataclass(frozen=True, order=True)
class Schooljaar:
    """A Dutch school year, 1 August to 31 July in Europe/Amsterdam.

    Source: Wet voortgezet onderwijs 2020, art. 1.1; Somtoday writes it 2026/2027.
    """

    start_year: int

    @classmethod
    def of(cls, moment: datetime | date) -> Self:
        """The schooljaar that holds a moment (any zone) or a Dutch calendar day."""
        day = moment.astimezone(AMSTERDAM).date() if isinstance(moment, datetime) else moment
        return cls(day.year if day.month >= _FIRST_MONTH else day.year - 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 2026-2027 or 2026/2027; ValueError when the years do not follow each other."""
        first, separator, second = text.replace("/", "-").partition("-")
        if not separator or int(second) != int(first) + 1:
            msg = f"not a schooljaar: {text!r}"
            raise ValueError(msg)
        return cls(int(first))

    def __str__(self) -> str:
        return f"{self.start_year}-{self.start_year + 1}"

    @property
    def first_day(self) -> date:
        """1 August of the first year."""
        return date(self.start_year, _FIRST_MONTH, 1)

    @property
    def last_day(self) -> date:
        """31 July of the second year."""
        return date(self.start_year + 1, _FIRST_MONTH - 1, 31)
