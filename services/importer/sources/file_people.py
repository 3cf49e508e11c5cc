"""People of a school's file, who may stand on several rows: one for each vestiging or period."""

import json
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from services.importer.domain.normalise import bare_number, comparable, same
from shared.roster.document import PersonRecord, PersonRole

# Rows of one person may differ in where they are; not in who they are.
_PLACE = ("vestiging_code", "leerjaar", "onderwijssoort")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row: a person, the class (with its vestiging) that it puts them in, and when it holds."""

    role: PersonRole
    fields: dict[str, str | None]
    klassen: tuple[tuple[str, str | None], ...]
    starts_on: date | None = None
    ends_on: date | None = None

    @property
    def ref(self) -> str:
        """A name within the document; the order of rows has no part in it.

        The leerlingnummer or the docentcode: what makes two rows one person.
        """
        if self.role is PersonRole.PUPIL:
            return f"{self.role}:{bare_number(self.fields.get('pupil_number'))}"
        return f"{self.role}:{(self.fields.get('employee_code') or '').casefold()}"

    def holds_on(self, day: date) -> bool:
        """Whether the row speaks of this day; both ends are included, and may be open."""
        return (self.starts_on or day) <= day <= (self.ends_on or day)

    def record(self) -> PersonRecord:
        """The row as a record of the roster document."""
        return PersonRecord(key=None, ref=self.ref, role=self.role, fields=self.fields)

    def stored(self) -> str:
        """The row as JSON; `restored` reads it."""
        days = [day and day.isoformat() for day in (self.starts_on, self.ends_on)]
        return json.dumps([self.role, self.fields, self.klassen, *days])

    @classmethod
    def restored(cls, text: str) -> Self:
        """The row that `stored` wrote."""
        role, fields, klassen, *days = json.loads(text)
        starts_on, ends_on = (day and date.fromisoformat(day) for day in days)
        places = tuple((klas, site) for klas, site in klassen)
        return cls(PersonRole(role), fields, places, starts_on, ends_on)


def merge_rows(rows: Iterable[PersonRow], day: date) -> list[PersonRow]:
    """One row for the rows of one person, of those that hold on a day; none when none does.

    Rows that disagree on who it is stay apart, for a human to judge.
    """
    merged: dict[Hashable, PersonRow] = {}
    for row in rows:
        if row.holds_on(day):
            first = merged.get(_who(row))
            merged[_who(row)] = row if first is None else _together(first, row)
    return list(merged.values())


def _who(row: PersonRow) -> Hashable:
    return row.ref, frozenset(
        (name, value and comparable(name, value))
        for name, value in row.fields.items()
        if name not in (*_PLACE, "pupil_number", "employee_code")
    )


def _together(first: PersonRow, other: PersonRow) -> PersonRow:
    # Where rows disagree this file does not say which is right: an absent field changes nothing.
    fields = {
        name: value
        for name, value in first.fields.items()
        if name not in _PLACE or same(name, other.fields.get(name), value)
    }
    klassen = tuple(dict.fromkeys(first.klassen + other.klassen))
    return replace(first, fields=fields, klassen=klassen)
