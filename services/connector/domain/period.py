"""The stated dates of a koppeling, both inclusive, as Dutch calendar days."""

from dataclasses import dataclass
from datetime import date
from enum import Enum

DATES_NOT_IN_ORDER = "de einddatum ligt voor de begindatum"


class Position(Enum):
    """Where a day lies in relation to a period."""

    BEFORE = "before"
    INSIDE = "inside"
    AFTER = "after"


@dataclass(frozen=True)
class Period:
    """From the first day to the last; a date that is not stated does not limit."""

    begin_on: date | None = None
    end_on: date | None = None

    @property
    def is_in_order(self) -> bool:
        """Whether the last day is not before the first."""
        return self.begin_on is None or self.end_on is None or self.begin_on <= self.end_on

    def position(self, day: date) -> Position:
        """Where a day in Europe/Amsterdam lies."""
        if self.begin_on is not None and day < self.begin_on:
            return Position.BEFORE
        if self.end_on is not None and day > self.end_on:
            return Position.AFTER
        return Position.INSIDE
