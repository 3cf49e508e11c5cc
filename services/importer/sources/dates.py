"""Days and schooljaren as Dutch exports write them."""

import re
from datetime import date

from shared.clock import Schooljaar

_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?")
# ISO 8601 without its dashes; no day of this century is read so when it is written ddmmjjjj.
_BASIC = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_DUTCH = re.compile(r"(\d{1,2})[-/. ](\d{1,2}|[a-z]+)\.?[-/. ](\d{4})(?: [\d:]+)?", re.IGNORECASE)
_ANY = re.compile(rf"{_ISO.pattern}|{_DUTCH.pattern}", re.IGNORECASE)
_YEARS = re.compile(r"(?:20)?(\d{2})[-/ ]?(?:20)?(\d{2})")
_WITHIN = re.compile(r"(?<!\d)20(\d{2}) ?[-/] ?(?:20)?(\d{2})(?!\d)")
_CENTURY = 2000


def parse_day(text: str) -> date | None:
    """A day as jjjj-mm-dd, jjjjmmdd, d-m-jjjj, d/m/jjjj or 1 aug 2026; None for anything else.

    The day comes before the month in Dutch; a year of two digits could be a day, and is refused.
    """
    plain = text.strip()
    iso, dutch = _ISO.fullmatch(plain) or _BASIC.fullmatch(plain), _DUTCH.fullmatch(plain)
    try:
        if iso:
            return date(*map(int, iso.groups()))
        if dutch:
            return date(int(dutch.group(3)), _month(dutch.group(2)), int(dutch.group(1)))
    except ValueError:
        return None
    return None


def days_in(text: str) -> set[date]:
    """The days that a line of text names, e.g. a title above the columns."""
    days = (parse_day(found.group()) for found in _ANY.finditer(text))
    return {day for day in days if day is not None}


def parse_schooljaar(text: str) -> Schooljaar | None:
    """A schooljaar as 2026/2027, 26-27 or 2627, or within a text with its century; else None."""
    found = _YEARS.fullmatch(text.strip()) or _WITHIN.search(text)
    if found is None or (int(found.group(1)) + 1) % 100 != int(found.group(2)):
        return None
    return Schooljaar(_CENTURY + int(found.group(1)))


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    plain = text.casefold()
    # maart is shortened to mrt, and by some programs to maa.
    short = "mrt" if plain.startswith("maa") else plain[:3]
    return _MONTHS.index(short) + 1
