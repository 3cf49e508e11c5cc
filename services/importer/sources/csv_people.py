"""People of a CSV, who may stand on several rows: one for each vestiging or period."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from services.importer.domain.normalise import bare_number
from shared.roster.document import PersonRecord, PersonRole

# Rows of one person may differ in where they are; not in who they are.
_PLACE = ("vestiging_code", "leerjaar", "onderwijssoort")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row: a person, and the class (with its vestiging) that the row puts them in."""

    role: PersonRole
    fields: dict[str, str | None]
    klassen: tuple[tuple[str, str | None], ...]

    @property
    def ref(self) -> str:
        """A name within the document; the order of rows has no part in it."""
        role, number = self.identity
        return f"{role}:{number}"

    @property
    def identity(self) -> tuple[PersonRole, str | None]:
        """What makes two rows one person: the leerlingnummer or the docentcode."""
        if self.role is PersonRole.PUPIL:
            return self.role, bare_number(self.fields.get("pupil_number"))
        return self.role, (self.fields.get("employee_code") or "").casefold()

    def record(self) -> PersonRecord:
        """The row as a record of the roster document."""
        return PersonRecord(key=None, ref=self.ref, role=self.role, fields=self.fields)


def merge_rows(rows: Iterable[PersonRow]) -> list[PersonRow]:
    """One row per person; rows that disagree on who it is stay apart, for a human to judge."""
    merged: dict[Hashable, PersonRow] = {}
    for row in rows:
        first = merged.get(_who(row))
        merged[_who(row)] = row if first is None else _together(first, row)
    return list(merged.values())


def _who(row: PersonRow) -> Hashable:
    return row.identity, frozenset(
        (name, value)
        for name, value in row.fields.items()
        if name not in (*_PLACE, "pupil_number", "employee_code")
    )


def _together(first: PersonRow, other: PersonRow) -> PersonRow:
    # Where rows disagree this file does not say which is right: an absent field changes nothing.
    fields = {
        name: value
        for name, value in first.fields.items()
        if name not in _PLACE or other.fields.get(name) == value
    }
    klassen = tuple(dict.fromkeys(first.klassen + other.klassen))
    return replace(first, fields=fields, klassen=klassen)
