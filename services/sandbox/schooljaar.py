"""School years, and the period that a peilschooljaar stands for."""

from dataclasses import dataclass
from datetime import date

FIRST_MONTH = 8


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends included, inside one school year."""

    start: date
    end: date
    schooljaar: str

    def overlaps(self, start: date, end: date | None) -> bool:
        """Tell whether something that ran from start to end touches this period."""
        return start <= self.end and (end is None or end >= self.start)


def first_year(day: date) -> int:
    """Give the calendar year in which the school year of a day began."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def year_period(year: int) -> Period:
    """Give the whole school year that begins in a calendar year."""
    return Period(date(year, FIRST_MONTH, 1), date(year + 1, 7, 31), f"{year}/{year + 1}")


def peil_period(peilschooljaar: str | None, today: date) -> Period:
    """Give the period of a peilschooljaar; without one, today alone."""
    year = first_year(today)
    if peilschooljaar == "HUIDIG":
        return year_period(year)
    if peilschooljaar == "VOLGEND":
        return year_period(year + 1)
    return Period(today, today, year_period(year).schooljaar)
