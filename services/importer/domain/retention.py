"""How long a school keeps whom: until some months after the schooljaar in which they left.

No law says how long; the field's rule is no longer than needed, and two years after leaving at
most (Kennisnet, Aanpak IBP, on retention of pupils' data by suppliers).
"""

import calendar
from datetime import UTC, date, datetime, time

from shared.clock import AMSTERDAM, Schooljaar

DEFAULT_MONTHS = 12
MOST_MONTHS = 24
# Of a plan, what was not applied tells nothing of anybody's history.
PLAN_DAYS = 30
# What a source said last proves nothing any more once a whole schooljaar has gone by.
SAID_DAYS = 366
# Who was erased is known again for as long as a pupil may be at a school, and somewhat longer.
ERASED_KEY_DAYS = 8 * 366
AUDIT_DAYS = 2 * 366


def kept_until(archived_at: datetime, months: int) -> date:
    """The last day on which somebody who was archived then is kept."""
    return _later(Schooljaar.of(archived_at).last_day, months)


def archived_before(today: date, months: int) -> datetime:
    """The moment before which whoever was archived is kept no longer."""
    year = Schooljaar.of(today)
    while _later(year.last_day, months) >= today:
        year = Schooljaar(year.start_year - 1)
    first = Schooljaar(year.start_year + 1).first_day
    return datetime.combine(first, time(), AMSTERDAM).astimezone(UTC)


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
