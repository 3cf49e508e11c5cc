"""A school's CSV as a roster document, so that one path serves both sources."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime

from services.importer.sources.csv_people import PersonRow, merge_rows
from services.importer.sources.csv_rows import read_row
from services.importer.sources.encoding import UnreadableFileError, decode
from services.importer.sources.headers import Columns, recognise
from shared.clock import Schooljaar
from shared.roster.document import (
    GroupKind,
    GroupRecord,
    Header,
    MemberRole,
    MembershipRecord,
    PersonRole,
    ProblemRecord,
    Record,
)

_DELIMITERS = ";\t,"
# Excel's own way to name the delimiter, on a line before the column names.
_SEP_LINE = re.compile(rf"sep=([{_DELIMITERS}])(?:\r\n|\r|\n)", re.IGNORECASE)
_LINE_END = re.compile(r"[\r\n]")
_MOST_COLUMNS = 200
# Twenty times the largest school: more is another file.
_MOST_ROWS = 100_000
_LONGEST_CELL = 10_000
_NEEDED = ("given_name", "family_name")


def read_csv(content: bytes, fetched_at: datetime) -> list[Record]:
    """The records of a file: header, problems, people, stamgroepen and memberships.

    A row that cannot be read becomes a problem; the others stay importable. Columns that Numo
    must not have are left out, and only that is noted. While rows are unreadable nobody can be
    said to be missing, so the header then claims to be complete for nothing.

    Raises:
        UnreadableFileError: this is no CSV with people.

    """
    lines = _lines(decode(content))
    columns = recognise(next(lines, (0, []))[1])
    _check(columns)
    problems = _notes(columns)
    rows: list[PersonRow] = []
    bad = 0
    for number, cells in lines:
        if any(cell.strip() for cell in cells):
            row, found = read_row(number, cells, columns)
            problems += found
            if row is None:
                bad += 1
            else:
                rows.append(row)
        if len(rows) + bad > _MOST_ROWS:
            msg = f"Het bestand heeft meer dan {_MOST_ROWS} regels."
            raise UnreadableFileError(msg)
    if not rows and not bad:
        msg = "Het bestand bevat geen leerlingen of medewerkers, alleen kolomnamen."
        raise UnreadableFileError(msg)
    return [_header(rows, columns, bad, fetched_at), *problems, *_records(merge_rows(rows))]


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, and the line of the file on which the row begins."""
    named = _SEP_LINE.match(text)
    if named is not None:
        text = text[named.end() :]
    before = 0 if named is None else 1
    delimiter = named.group(1) if named else _guess_delimiter(text)
    csv.field_size_limit(_LONGEST_CELL)
    # Strict: a quote that is never closed would silently swallow everybody after it.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = before + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            msg = f"Regel {number} kan niet worden gelezen (aanhalingstekens of lengte)."
            raise UnreadableFileError(msg) from None
        if cells is None:
            return
        if len(cells) > _MOST_COLUMNS:
            msg = f"Regel {number} heeft meer dan {_MOST_COLUMNS} kolommen."
            raise UnreadableFileError(msg)
        yield number, cells


def _guess_delimiter(text: str) -> str:
    header = _LINE_END.split(text, maxsplit=1)[0]
    return max(_DELIMITERS, key=header.count)


def _check(columns: Columns) -> None:
    missing = [name for name in _NEEDED if name not in columns.at]
    if missing or not {"pupil_number", "employee_code"} & columns.at.keys():
        msg = (
            "De eerste regel moet kolomnamen bevatten, in elk geval leerlingnummer of docentcode, "
            "roepnaam en achternaam."
        )
        raise UnreadableFileError(msg)


def _notes(columns: Columns) -> list[ProblemRecord]:
    dropped = [
        ProblemRecord(
            code="column_dropped",
            detail=f"De kolom {name} is niet ingelezen: Numo mag dit gegeven niet hebben.",
            place=f"kolom {at + 1}",
        )
        for at, name in columns.forbidden
    ]
    ignored = [
        ProblemRecord(
            code="column_ignored",
            detail="Deze kolom is onbekend of dubbel, en is niet ingelezen.",
            place=f"kolom {at + 1}",
        )
        for at in sorted(columns.unknown + columns.repeated)
    ]
    return dropped + ignored


def _header(rows: list[PersonRow], columns: Columns, bad: int, fetched_at: datetime) -> Header:
    complete: list[str] = []
    # A list with some employees never says that there are no others.
    if not bad and any(row.role is PersonRole.PUPIL for row in rows):
        complete.append(PersonRole.PUPIL)
        if "klas" in columns.at:
            complete.append(GroupKind.STAMGROEP)
    return Header(
        source="csv",
        schooljaar=str(Schooljaar.of(fetched_at)),
        fetched_at=fetched_at,
        complete_for=tuple(complete),
    )


def _records(rows: list[PersonRow]) -> Iterator[Record]:
    groups: dict[str, GroupRecord] = {}
    for row in rows:
        for klas, site in row.klassen if row.role is PersonRole.PUPIL else ():
            ref = _group_ref(klas, site)
            fields = {"name": klas} | ({"vestiging_code": site} if site else {})
            group = GroupRecord(key=None, ref=ref, group_kind=GroupKind.STAMGROEP, fields=fields)
            groups.setdefault(ref, group)
    yield from groups.values()
    for row in rows:
        yield row.record()
        if row.role is PersonRole.PUPIL:
            for klas, site in row.klassen:
                ref = _group_ref(klas, site)
                yield MembershipRecord(person=row.ref, group=ref, role=MemberRole.PUPIL)


def _group_ref(klas: str, site: str | None) -> str:
    return f"stamgroep:{site or ''}:{klas}"
