"""One row of a school's file: its values, or everything that is wrong with it."""

import re
from dataclasses import dataclass
from datetime import date

from services.importer.domain.normalise import clean
from services.importer.domain.report import FIELDS
from services.importer.sources.dates import parse_day, parse_schooljaar
from services.importer.sources.file_people import PersonRow
from services.importer.sources.layout import Layout
from services.importer.sources.raw_rows import RawRow
from shared.ids import is_vestiging_code
from shared.roster.document import PersonRole

_ROLES = {
    "leerling": PersonRole.PUPIL,
    "student": PersonRole.PUPIL,
    "docent": PersonRole.EMPLOYEE,
    "leraar": PersonRole.EMPLOYEE,
    "medewerker": PersonRole.EMPLOYEE,
}
_SHARED = ("given_name", "prefix", "family_name", "email", "username", "eck_id", "real_id")
_FIELDS = {
    PersonRole.PUPIL: ("pupil_number", *_SHARED, "leerjaar", "onderwijssoort"),
    PersonRole.EMPLOYEE: ("employee_code", *_SHARED),
}
_DUTCH = {**FIELDS, "role": "rol", "starts_on": "begindatum", "ends_on": "einddatum"}
# UWLR 2.2: achternaam 200, voorvoegsel 10 (Somtoday has longer ones), keys 256.
_LONGEST = {"prefix": 40, "leerjaar": 20, "klas": 100}
_LONGEST_OTHER = 256
# Excel turns a long number into 1,23E+05: the number itself is lost.
_SCIENTIFIC = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)
# A class may well be called 3E2, but not 3,00E+02; and Excel makes 1-3 a day in March.
_CHANGED_KLAS = re.compile(r"\d+([.,]\d+)?E\+\d+|\d{4}-\d\d-\d\d.*|\d{1,2}-[a-z]{3}", re.IGNORECASE)
# What a program that calculates makes of it; another person than 12345, to whoever compares.
_IN_THOUSANDS = re.compile(r"\d{1,3}([. ]\d{3})+")
_DECIMAL = re.compile(r"\d*[.,]\d+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d.*")
_NO_NUMBERS = (
    (_SCIENTIFIC, "is door Excel afgerond"),
    (_IN_THOUSANDS, "is in duizendtallen geschreven"),
    (_DECIMAL, "heeft decimalen"),
    (_MOMENT, "is door Excel veranderd"),
)
_DIGIT = re.compile(r"[0-9]")
_UNREADABLE = "\ufffd"
# UTF-8 that was read as Windows-1252 has an A with a sign behind it that stands in no name (a
# letter or an apostrophe may); of DOS and an old Mac, Windows-1252 makes one of a few other signs.
_BEHIND = "".join(
    sign
    for sign in bytes(range(0x80, 0xC0)).decode("cp1252", errors="ignore")
    if not sign.isalpha() and sign not in "\u2018\u2019"
)
_ALONE = bytes.fromhex("82 86 87 89 8b 95 99 9b").decode("cp1252")
_GARBLED = re.compile(f"[\u00c2-\u00c5][{re.escape(_BEHIND)}]|[{re.escape(_ALONE)}]")
_NAMES = frozenset({"given_name", "prefix", "family_name"})
_SHOWN = 300
# ECK iD: a URI of ketenid.nl that ends with 128 hexadecimal digits (Edu-V). "nvt" for everybody
# would make all of them one person, and what a file that is cut off has of one is another key.
_ECK_ID = re.compile(r"https://ketenid\.nl/[0-9a-z]+/[0-9a-f]{128}", re.IGNORECASE)
# A RealId is made of a name at the school and the school's realm (Kennisnet): "nvt" is none, too.
_REAL_ID = re.compile(r"[^@\s]+@[^@\s]+")
# How a number is told to be a text: ="00123", or '00123.
_EXCEL_TEXT = re.compile(r"=\"(.*)\"|'(\d.*)")
# What a spreadsheet would run: a name may begin with a dash, but not go on as a call.
_FORMULA = re.compile(r"[=@]|[+-].*[(!|]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BadCell:
    """One thing that is wrong with a row; `value` is personal data.

    `column` counts from 1 and, like `title`, is null when the row as a whole is meant.
    """

    line: int
    column: int | None
    title: str | None
    field: str | None
    value: str | None
    detail: str
    code: str = "row_not_readable"

    @property
    def place(self) -> str:
        """Where it is, in Dutch."""
        return f"regel {self.line}" + ("" if self.column is None else f", kolom {self.column}")


def read_row(row: RawRow, layout: Layout) -> tuple[PersonRow | None, list[BadCell]]:
    """The person of a row; None with every reason when the row cannot be used."""
    found = _Row(row, layout)
    if not row.cells:
        return None, found.bad
    role = found.role()
    if role is None:
        return None, found.bad
    fields = {name: found.value(name) for name in _FIELDS[role] if name in layout.columns}
    found.check(fields, role)
    starts_on, ends_on = found.period()
    if found.bad:
        return None, found.bad
    site = (found.value("vestiging_code") or "").upper()
    if is_vestiging_code(site):
        fields["vestiging_code"] = site
    klas = found.value("klas")
    klassen = ((klas, fields.get("vestiging_code")),) if klas else ()
    return PersonRow(role, fields, klassen, starts_on, ends_on), []


class _Row:
    def __init__(self, row: RawRow, layout: Layout) -> None:
        self._row = row
        self._layout = layout
        self.bad: list[BadCell] = []
        self._faulty: set[str] = set()
        self._tell_faults()

    def _cell(self, name: str) -> str:
        at = self._layout.columns.get(name)
        if at is None or at >= len(self._row.cells):
            return ""
        text = self._row.cells[at].strip()
        as_text = _EXCEL_TEXT.fullmatch(text)
        return as_text[as_text.lastindex or 0] if as_text else text

    def value(self, name: str) -> str | None:
        return clean(self._cell(name))

    def role(self) -> PersonRole | None:
        """By its word; without one that is known by its number, where it has only one."""
        word = self.value("role")
        if word is not None and word.casefold() in _ROLES:
            return _ROLES[word.casefold()]
        has_code = self.value("employee_code") is not None
        if has_code and self.value("pupil_number") is None:
            # A function of the school's own, such as conciërge, changes nothing about that.
            return PersonRole.EMPLOYEE
        if word is None and not has_code:
            return PersonRole.PUPIL
        both = "ontbreekt, en er zijn zowel een leerlingnummer als een docentcode"
        self.wrong("role", both if word is None else "moet leerling, docent of medewerker zijn")
        return None

    def wrong(self, name: str, why: str) -> None:
        if name in self._faulty:
            return
        at = self._layout.columns.get(name)
        column = None if at is None else at + 1
        title = None if at is None else self._layout.titles[at]
        detail = f"{_DUTCH.get(name, name)} {why}"
        # Postgres cannot keep a NUL, and nobody needs more to find the cell.
        value = self._cell(name).replace("\0", _UNREADABLE)[:_SHOWN] or None
        if value and "ketenid" in value.casefold():
            # An ECK iD may be on no screen and in no download (PO-Raad), nor what is left of one.
            value = None
        self.bad.append(BadCell(self._row.line, column, title, name, value, detail))

    def check(self, fields: dict[str, str | None], role: PersonRole) -> None:
        number = "pupil_number" if role is PersonRole.PUPIL else "employee_code"
        for name in (number, "given_name", "family_name"):
            if not fields.get(name):
                self.wrong(name, "ontbreekt")
        eck_id = fields.get("eck_id")
        if eck_id and not _ECK_ID.fullmatch(eck_id):
            self.wrong("eck_id", "is niet van de vorm https://ketenid.nl/… of niet heel")
        real_id = fields.get("real_id")
        if real_id and not _REAL_ID.fullmatch(real_id):
            self.wrong("real_id", "is niet van de vorm gebruiker@school")
        self._check_number(fields.get("pupil_number") or "")
        if _CHANGED_KLAS.fullmatch(self.value("klas") or ""):
            self.wrong("klas", "is door Excel veranderd; bewaar de kolom als tekst")
        self._check_texts((*fields, "klas"))

    def _check_number(self, number: str) -> None:
        if number and not _DIGIT.search(number):
            # Under a wrong mapping everybody would get a name or a class for a number.
            self.wrong("pupil_number", "is geen nummer")
        for shape, why in _NO_NUMBERS:
            if shape.fullmatch(number):
                self.wrong("pupil_number", f"{why}; bewaar de kolom als tekst")
                break

    def _tell_faults(self) -> None:
        """Of a cell that says nothing, that is all there is to tell."""
        named = {at: name for name, at in self._layout.columns.items()}
        for at, why in self._row.faults.items():
            if at in named:
                self.wrong(named[at], why)
                self._faulty.add(named[at])
            elif at >= len(self._layout.titles):
                self.bad.append(BadCell(self._row.line, None, None, None, None, why))

    def _check_texts(self, names: tuple[str, ...]) -> None:
        for name in names:
            value = self.value(name) or ""
            longest = _LONGEST.get(name, _LONGEST_OTHER)
            if len(value) > longest:
                self.wrong(name, f"is langer dan {longest} tekens")
            if _UNREADABLE in value:
                self.wrong(name, "heeft een teken dat niet te lezen is")
            if name in _NAMES and _GARBLED.search(value):
                self.wrong(name, "heeft verminkte letters; bewaar het bestand als CSV UTF-8")
            if _FORMULA.match(value):
                self.wrong(name, "lijkt een formule; vul de waarde zelf in")

    def period(self) -> tuple[date | None, date | None]:
        """When the row holds: by its days, else by its schooljaar, else always."""
        starts_on, ends_on = self._day("starts_on"), self._day("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.wrong("ends_on", "ligt voor de begindatum")
        text = self.value("schooljaar")
        if text is None or starts_on or ends_on:
            return starts_on, ends_on
        year = parse_schooljaar(text)
        if year is None:
            # Taken to hold always, a row of last year would put its pupil back in that class.
            self.wrong("schooljaar", "is geen schooljaar (2026/2027)")
            return None, None
        return year.first_day, year.last_day

    def _day(self, name: str) -> date | None:
        text = self.value(name)
        day = parse_day(text) if text else None
        if text and day is None:
            self.wrong(name, "is geen datum (dd-mm-jjjj of jjjj-mm-dd)")
        return day
