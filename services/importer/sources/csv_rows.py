"""One row of a school's CSV: its values, or everything that is wrong with it."""

import re

from services.importer.domain.normalise import clean
from services.importer.sources.csv_people import PersonRow
from services.importer.sources.headers import Columns
from shared.ids import is_vestiging_code
from shared.roster.document import PersonRole, ProblemRecord

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
_DUTCH = {
    "role": "rol",
    "pupil_number": "leerlingnummer",
    "employee_code": "docentcode",
    "given_name": "roepnaam",
    "prefix": "tussenvoegsel",
    "family_name": "achternaam",
    "username": "gebruikersnaam",
    "vestiging_code": "vestiging",
    "real_id": "nlEduPersonRealId",
    "eck_id": "eckId",
}
# UWLR 2.2: achternaam 200, voorvoegsel 10 (Somtoday has longer ones), keys 256.
_LONGEST = {"prefix": 40, "leerjaar": 20, "klas": 100}
_LONGEST_OTHER = 256
# Excel turns a long number into 1,23E+05: the number itself is lost.
_SCIENTIFIC = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)
# A class may well be called 3E2, but not 3,00E+02.
_SCIENTIFIC_KLAS = re.compile(r"\d+([.,]\d+)?E\+\d+", re.IGNORECASE)
_UNREADABLE = "\ufffd"
# ECK iD: a URI of ketenid.nl, 256 characters at most (Edu-V). "nvt" for everybody would make all
# of them one person.
_ECK_ID = re.compile(r"https://ketenid\.nl/\S+", re.IGNORECASE)
_EXCEL_TEXT = re.compile(r'="(.*)"')


def read_row(
    line: int, cells: list[str], columns: Columns
) -> tuple[PersonRow | None, list[ProblemRecord]]:
    """The person of a row; None with every reason when the row cannot be used."""
    found = _Row(line, cells, columns)
    role = found.role()
    if role is None:
        return None, found.problems
    names = [name for name in _FIELDS[role] if name in columns.at]
    fields = {name: found.value(name) for name in names}
    found.check(fields, role)
    if found.problems:
        return None, found.problems
    site = (found.value("vestiging_code") or "").upper()
    if is_vestiging_code(site):
        fields["vestiging_code"] = site
    klas = found.value("klas")
    klassen = ((klas, fields.get("vestiging_code")),) if klas else ()
    return PersonRow(role, fields, klassen), []


class _Row:
    def __init__(self, line: int, cells: list[str], columns: Columns) -> None:
        self._line = line
        self._cells = cells
        self._columns = columns
        self.problems: list[ProblemRecord] = []

    def value(self, name: str) -> str | None:
        at = self._columns.at.get(name)
        if at is None or at >= len(self._cells):
            return None
        text = self._cells[at].strip()
        as_text = _EXCEL_TEXT.fullmatch(text)
        return clean(as_text.group(1) if as_text else text)

    def role(self) -> PersonRole | None:
        """By its word; without one by its number, unless it has a pupil's and an employee's."""
        word = self.value("role")
        if word is not None and word.casefold() not in _ROLES:
            self.wrong("role", "moet leerling, docent of medewerker zijn")
            return None
        if word is not None:
            return _ROLES[word.casefold()]
        if self.value("employee_code") is None:
            return PersonRole.PUPIL
        if self.value("pupil_number") is None:
            return PersonRole.EMPLOYEE
        self.wrong("role", "ontbreekt, en er zijn zowel een leerlingnummer als een docentcode")
        return None

    def wrong(self, name: str, why: str) -> None:
        title = _DUTCH.get(name, name)
        at = self._columns.at.get(name)
        place = f"regel {self._line}" + ("" if at is None else f", kolom {at + 1}")
        self.problems.append(
            ProblemRecord(code="row_not_readable", detail=f"{title} {why}".strip(), place=place)
        )

    def check(self, fields: dict[str, str | None], role: PersonRole) -> None:
        number = "pupil_number" if role is PersonRole.PUPIL else "employee_code"
        for name in (number, "given_name", "family_name"):
            if not fields.get(name):
                self.wrong(name, "ontbreekt")
        eck_id = fields.get("eck_id")
        if eck_id and not _ECK_ID.fullmatch(eck_id):
            self.wrong("eck_id", "is geen ECK iD (https://ketenid.nl/…)")
        if _SCIENTIFIC.fullmatch(fields.get("pupil_number") or ""):
            self.wrong("pupil_number", "is door Excel afgerond; bewaar de kolom als tekst")
        if _SCIENTIFIC_KLAS.fullmatch(self.value("klas") or ""):
            self.wrong("klas", "is door Excel veranderd; bewaar de kolom als tekst")
        self._check_texts((*fields, "klas"))
        if any(cell.strip() for cell in self._cells[self._columns.width :]):
            self.wrong("", "deze regel heeft meer kolommen dan de eerste regel")

    def _check_texts(self, names: tuple[str, ...]) -> None:
        for name in names:
            value = self.value(name) or ""
            longest = _LONGEST.get(name, _LONGEST_OTHER)
            if len(value) > longest:
                self.wrong(name, f"is langer dan {longest} tekens")
            if _UNREADABLE in value:
                self.wrong(name, "heeft een teken dat niet te lezen is")
