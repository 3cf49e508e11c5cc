"""Roster documents as a test wants them."""

from collections.abc import Iterable
from datetime import datetime

from shared.clock import now
from shared.roster.document import (
    GroupKind,
    GroupRecord,
    Header,
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
    ProblemRecord,
)
from shared.roster.ndjson import DocumentWriter

RosterRecord = PersonRecord | GroupRecord | MembershipRecord | ProblemRecord
EVERYTHING = ("pupil", "employee", "stamgroep", "lesgroep")
TEACHER_CODE = "vdb"


def document(
    records: Iterable[RosterRecord],
    *,
    ended: bool = True,
    schooljaar: str = "2026-2027",
    fetched_at: datetime | None = None,
) -> list[bytes]:
    """A document's lines; not `ended` leaves its trailer out."""
    writer = DocumentWriter()
    header = Header(
        source="somtoday",
        schooljaar=schooljaar,
        fetched_at=fetched_at or now(),
        complete_for=EVERYTHING,
    )
    lines = [writer.line(header), *map(writer.line, records)]
    return [*lines, writer.end()] if ended else lines


def pupil(number: str, given: str, family: str, **fields: str | None) -> PersonRecord:
    """A pupil whose key and ref follow from the number."""
    named = {"pupil_number": number, "given_name": given, "family_name": family, **fields}
    return PersonRecord(key=f"l-{number}", ref=f"l-{number}", role=PersonRole.PUPIL, fields=named)


def employee(code: str, given: str, family: str) -> PersonRecord:
    """An employee whose key and ref follow from the code."""
    named = {"employee_code": code, "given_name": given, "family_name": family}
    return PersonRecord(key=f"m-{code}", ref=f"m-{code}", role=PersonRole.EMPLOYEE, fields=named)


def group(name: str, kind: GroupKind = GroupKind.STAMGROEP) -> GroupRecord:
    """A group whose key and ref follow from the name."""
    return GroupRecord(key=f"g-{name}", ref=f"g-{name}", group_kind=kind, fields={"name": name})


def member(
    person: PersonRecord, of: GroupRecord, role: MemberRole = MemberRole.PUPIL
) -> MembershipRecord:
    """A person in a group."""
    return MembershipRecord(person=person.ref, group=of.ref, role=role)


ANNA = pupil("1001", "Anna", "Aalbers", email="1001@school.example")
BRAM = pupil("1002", "Bram", "Bos")
CHRIS = pupil("1003", "Chris", "Cornelisse")
DAAN = pupil("1004", "Daan", "Dijk")
EEFJE = employee(TEACHER_CODE, "Eefje", "Berg")
H3A, H3B = group("h3a"), group("h3b")
WI = group("h3wi1", GroupKind.LESGROEP)
CHRIS_RENAMED = pupil("1003", "Chris", "Cornelisse-Kok")


def first_week() -> list[RosterRecord]:
    """Three pupils, a teacher, two classes and a lesgroep."""
    return [
        *(H3A, H3B, WI, ANNA, BRAM, CHRIS, EEFJE),
        *(member(ANNA, H3A), member(BRAM, H3A), member(CHRIS, H3B)),
        *(member(ANNA, WI), member(EEFJE, WI, MemberRole.TEACHER)),
    ]


def second_week() -> list[RosterRecord]:
    """Bram left, Daan came, Chris has another name and moved to Anna's class."""
    return [
        *(H3A, H3B, WI, ANNA, CHRIS_RENAMED, DAAN, EEFJE),
        *(member(ANNA, H3A), member(CHRIS_RENAMED, H3A), member(DAAN, H3B)),
        *(member(ANNA, WI), member(EEFJE, WI, MemberRole.TEACHER)),
    ]
