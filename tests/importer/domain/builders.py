"""Short ways to write a roster and a document, for examples."""

from collections.abc import Iterable

from services.importer.domain.roster import Document, Group, Membership, Person, Roster
from shared.ids import new_id
from shared.roster.document import (
    GROUP_FIELDS,
    PERSON_FIELDS,
    GroupKind,
    GroupRecord,
    Header,
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
)
from tests.importer.domain.strategies import KINDS, MOMENT, SCHOOLJAAR, cleaned

ECK = "https://ketenid.nl/201703/"


def pupil(key: str | None = None, *, active: bool = True, **fields: str) -> Person:
    """A pupil in Numo."""
    every = {**dict.fromkeys(PERSON_FIELDS), **fields}
    return Person(new_id(), PersonRole.PUPIL, key, every, active)


def employee(key: str | None = None, *, active: bool = True, **fields: str) -> Person:
    """An employee in Numo."""
    every = {**dict.fromkeys(PERSON_FIELDS), **fields}
    return Person(new_id(), PersonRole.EMPLOYEE, key, every, active)


def klas(
    name: str,
    key: str | None = None,
    *,
    kind: GroupKind = GroupKind.STAMGROEP,
    schooljaar: str = SCHOOLJAAR,
    site: str | None = None,
    active: bool = True,
) -> Group:
    """A group in Numo."""
    every = {**dict.fromkeys(GROUP_FIELDS), "name": name, "vestiging_code": site}
    return Group(new_id(), kind, key, schooljaar, every, active)


def member(
    person: Person, group: Group, role: MemberRole = MemberRole.PUPIL, *, active: bool = True
) -> Membership:
    """A membership in Numo."""
    return Membership(new_id(), person.id, group.id, role, active)


def roster(
    people: Iterable[Person], groups: Iterable[Group] = (), members: Iterable[Membership] = ()
) -> Roster:
    """A school in Numo."""
    return Roster.of(3, people, groups, members)


def says(
    key: str | None,
    role: PersonRole = PersonRole.PUPIL,
    ref: str | None = None,
    **fields: str | None,
) -> PersonRecord:
    """A person of a source, named by their key unless a ref is given."""
    return PersonRecord(key=key, ref=ref or key or "", role=role, fields=fields)


def says_group(
    key: str | None, kind: GroupKind = GroupKind.STAMGROEP, **fields: str | None
) -> GroupRecord:
    """A group of a source, named by its key or else by its name and site."""
    ref = key or f"{fields['name']}:{fields.get('vestiging_code')}"
    return GroupRecord(key=key, ref=ref, group_kind=kind, fields=fields)


def in_group(person: str, group: str, role: MemberRole = MemberRole.PUPIL) -> MembershipRecord:
    """A membership of a source."""
    return MembershipRecord(person=person, group=group, role=role)


def document(
    people: Iterable[PersonRecord] = (),
    groups: Iterable[GroupRecord] = (),
    members: Iterable[MembershipRecord] = (),
    *,
    source: str = "somtoday",
    complete: tuple[str, ...] = KINDS,
) -> Document:
    """A source's document, complete for everything unless told otherwise."""
    header = Header(source=source, schooljaar=SCHOOLJAAR, fetched_at=MOMENT, complete_for=complete)
    return cleaned(Document(header, list(people), list(groups), list(members)))
