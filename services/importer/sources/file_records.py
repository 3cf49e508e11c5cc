"""A school's file as a roster document, so that one path serves both sources."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from services.importer.domain.coverage import CSV_SOURCE, LIST_COUNTED
from services.importer.sources.file_people import PersonRow, merge_rows
from services.importer.sources.layout import Layout
from services.importer.sources.unreadable import UnreadableFileError, UntrustedFileError
from shared.clock import AMSTERDAM, Schooljaar
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

# A school has some hundreds; thousands are a column that is no class.
_MOST_CLASSES = 10_000


@dataclass
class FileTally:
    """What the rows of a file add up to."""

    pupils: int = 0
    bad: int = 0
    is_counted: bool = False

    def count(self, row: PersonRow | None) -> None:
        """Count a row; None when it could not be read. A total above it was not of all."""
        self.is_counted = False
        if row is None:
            self.bad += 1
            return
        self.pupils += row.role is PersonRole.PUPIL


def header_of(layout: Layout, tally: FileTally, fetched_at: datetime) -> Header:
    """What the file speaks of.

    While rows are unreadable nobody can be said to be missing, so the header then claims to be
    complete for nothing.
    """
    complete: list[str] = []
    # A list with some employees never says that there are no others.
    if tally.pupils and not tally.bad:
        complete.append(PersonRole.PUPIL)
        if "klas" in layout.columns:
            complete.append(GroupKind.STAMGROEP)
    return Header(
        source=CSV_SOURCE,
        schooljaar=str(Schooljaar.of(fetched_at)),
        fetched_at=fetched_at,
        complete_for=tuple(complete),
    )


def notes_on(layout: Layout, tally: FileTally) -> Iterator[ProblemRecord]:
    """Which columns were left out, and why; never what was in them. And what proves it whole."""
    if tally.is_counted or layout.stated is not None:
        yield ProblemRecord(
            code=LIST_COUNTED,
            detail="Het bestand zegt zelf hoe lang de lijst is, en dat klopt.",
            place="bestand",
        )
    for at, name in sorted(layout.refused.items()):
        yield ProblemRecord(
            code="column_dropped",
            detail=f"De kolom {name} is niet ingelezen: Numo mag dit gegeven niet hebben.",
            place=f"kolom {at + 1}",
        )
    used = {*layout.refused, *layout.columns.values()}
    for at, title in enumerate(layout.titles):
        if at not in used and title:
            yield ProblemRecord(
                code="column_ignored",
                detail="Deze kolom is onbekend of dubbel, en is niet ingelezen.",
                place=f"kolom {at + 1}",
            )


class RecordMaker:
    """Makes records of rows that come person by person; a class before the first who is in it."""

    def __init__(self, fetched_at: datetime) -> None:
        """Rows are read as they hold on the Dutch day of this moment."""
        self._day: date = fetched_at.astimezone(AMSTERDAM).date()
        self._classes: set[str] = set()
        self._pupils_before = 0
        self._pupils = 0

    def records(self, rows: list[PersonRow]) -> Iterator[Record]:
        """The records of one person, by all rows of them; none when no row holds today.

        Raises:
            UnreadableFileError: more classes than a school can have.

        """
        is_pupil = rows[0].role is PersonRole.PUPIL
        self._pupils_before += is_pupil
        merged = merge_rows(rows, self._day)
        self._pupils += is_pupil and bool(merged)
        for row in merged:
            klassen = row.klassen if is_pupil else ()
            yield from self._new_classes(klassen)
            yield row.record()
            for klas, site in klassen:
                ref = _class_ref(klas, site)
                yield MembershipRecord(person=row.ref, group=ref, role=MemberRole.PUPIL)

    def check_current(self) -> None:
        """Refuse a file of which every pupil's rows are over, or still to begin.

        Raises:
            UntrustedFileError: a list of another year, not a school without pupils.

        """
        if self._pupils_before and not self._pupils:
            msg = (
                "Volgens de perioden in dit bestand is vandaag niemand leerling: het is een lijst "
                "van een ander schooljaar. Er is niets gewijzigd."
            )
            raise UntrustedFileError(msg)

    def _new_classes(self, klassen: tuple[tuple[str, str | None], ...]) -> Iterator[GroupRecord]:
        for klas, site in klassen:
            ref = _class_ref(klas, site)
            if ref in self._classes:
                continue
            self._classes.add(ref)
            if len(self._classes) > _MOST_CLASSES:
                msg = f"Het bestand noemt meer dan {_MOST_CLASSES} klassen. Klopt de kolom klas?"
                raise UnreadableFileError(msg)
            fields = {"name": klas} | ({"vestiging_code": site} if site else {})
            yield GroupRecord(key=None, ref=ref, group_kind=GroupKind.STAMGROEP, fields=fields)


def _class_ref(klas: str, site: str | None) -> str:
    return f"stamgroep:{site or ''}:{klas}"
