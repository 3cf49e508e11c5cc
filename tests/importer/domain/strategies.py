"""Rosters and documents of a very small school, so that everything meets everything.

Few keys, numbers, names and e-mail addresses are shared by all; that makes swaps, namesakes,
handed-on numbers, archived doubles and duplicates common rather than rare.
"""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import chain

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from services.importer.domain.normalise import bare_number, clean_record
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

# A busy machine may be slow: time is no property.
unhurried = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
SCHOOLJAAR = "2026-2027"
MOMENT = datetime(2026, 11, 24, 9, tzinfo=UTC)
KINDS = ("pupil", "employee", "stamgroep", "lesgroep")
_ABSENT = "absent"
Values = Mapping[str, str | None]

keys = st.sampled_from([f"uuid-{number}" for number in range(6)])
_names = ["Zoë", "Daniël", "Anna", "Ĳsbrand", "Mo"]
_surnames = ["Jansen", "Müller", "de l'Été", "Şahin"]
_PEOPLE: Mapping[str, list[str]] = {
    "pupil_number": ["1", "01", "001", "2", "02", "3", "4", "5"],
    "employee_code": ["JAN", "jan", "MUL", "SAH"],
    "given_name": _names,
    "prefix": ["van der", "de"],
    "family_name": _surnames,
    "email": ["twins@school.nl", "Twins@School.NL", "x@school.nl", "None"],
    "username": ["anna", "Anna", "mo"],
    "eck_id": [f"https://ketenid.nl/201703/{sign * 8}" for sign in "abAc"],
    "real_id": ["1@school.nl", "1@SCHOOL.nl", "2@school.nl"],
    "leerjaar": ["1", "2"],
    "onderwijssoort": ["HAVO", "havo", "VWO"],
    "vestiging_code": ["12AB00", "12AB01"],
}
_GROUPS: Mapping[str, list[str]] = {
    "name": ["H4A", "H4B", "h4bBIO"],
    "leerjaar": ["1", "4"],
    "onderwijssoort": ["HAVO", "havo"],
    "vak": ["bi", "wisA"],
    "vestiging_code": ["12AB00", "12AB01"],
}


def _written(value: str) -> list[str]:
    """A value as exports write it: composed or not, with stray blanks."""
    apart = unicodedata.normalize("NFD", value).replace(" de", "\u00a0de")
    return [value, f"\ufeff{apart}\u00a0"]


def _rows(pools: Mapping[str, list[str]]) -> st.SearchStrategy[Values]:
    """Every field of a row in Numo, empty here and there."""
    return st.fixed_dictionaries(
        {name: st.sampled_from([None, *pool]) for name, pool in pools.items()}
    )


def _named(pools: Mapping[str, list[str]]) -> st.SearchStrategy[Values]:
    """Any of the fields, as a record of a source names them."""
    written = {name: [*chain(*map(_written, pool))] for name, pool in pools.items()}
    every = {name: st.sampled_from([_ABSENT, None, *pool]) for name, pool in written.items()}
    return st.fixed_dictionaries(every).map(
        lambda fields: {name: value for name, value in fields.items() if value != _ABSENT}
    )


_PERSON_ROWS, _PERSON_VALUES = _rows(_PEOPLE), _named(_PEOPLE)
_GROUP_ROWS, _GROUP_VALUES = _rows(_GROUPS), _named(_GROUPS)


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    """Rows that the database would hold: keys, and numbers of active pupils, are unique."""
    found: list[Person] = []
    used: set[object] = set()
    for _ in range(draw(st.integers(0, 6))):
        role = draw(st.sampled_from(PersonRole))
        fields = draw(_PERSON_ROWS)
        key = draw(st.none() | keys)
        active = draw(st.booleans())
        # 1 and 01 are one leerlingnummer: no import lets two active pupils have both.
        number = ("number", bare_number(fields["pupil_number"]))
        if key in used or (number in used and active):
            continue
        used |= {key} - {None}
        if active and role is PersonRole.PUPIL and fields["pupil_number"]:
            used.add(number)
        assert fields.keys() == set(PERSON_FIELDS)
        found.append(Person(new_id(), role, key, fields, active))
    return found


@st.composite
def groups(draw: st.DrawFn) -> list[Group]:
    """Groups whose names come back at another vestiging and in another schooljaar."""
    found: list[Group] = []
    for key in draw(st.lists(st.none() | keys, max_size=5)):
        if key is not None and key in {group.source_key for group in found}:
            continue
        fields = draw(_GROUP_ROWS)
        assert fields.keys() == set(GROUP_FIELDS)
        kind = draw(st.sampled_from(GroupKind))
        schooljaar = draw(st.sampled_from([SCHOOLJAAR, SCHOOLJAAR, "2025-2026"]))
        found.append(Group(new_id(), kind, key, schooljaar, fields, draw(st.booleans())))
    return found


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """A school in Numo: who or what is archived has no running memberships."""
    persons, classes = draw(people()), draw(groups())
    pairs = [(person, group) for person in persons for group in classes]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=8)) if pairs else []
    memberships = [
        Membership(
            new_id(),
            person.id,
            group.id,
            draw(st.sampled_from(MemberRole)),
            person.active and group.active and draw(st.booleans()),
        )
        for person, group in chosen
    ]
    return Roster.of(draw(st.integers(0, 9)), persons, classes, memberships)


def person_records(ref: str) -> st.SearchStrategy[PersonRecord]:
    """A person of a source, with or without keys, that names any of the fields."""
    return st.builds(
        PersonRecord,
        key=st.none() | keys,
        ref=st.just(ref),
        role=st.sampled_from(PersonRole),
        fields=_PERSON_VALUES,
    )


@st.composite
def group_records(draw: st.DrawFn, ref: str) -> GroupRecord:
    """A group of a source; without a key, as in a list, it has a name and perhaps a site."""
    key = draw(st.none() | keys)
    fields = dict(draw(_GROUP_VALUES))
    if key is None:
        fields = {"name": draw(st.sampled_from(_GROUPS["name"]))} | {
            name: value for name, value in fields.items() if name == "vestiging_code" and value
        }
    kind = draw(st.sampled_from(GroupKind))
    return GroupRecord(key=key, ref=ref, group_kind=kind, fields=fields)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """What a source says: anything, with repeats and memberships of nobody, cleaned as staged."""
    header = Header(
        source=draw(st.sampled_from(["somtoday", "somtoday", "csv"])),
        schooljaar=SCHOOLJAAR,
        fetched_at=MOMENT,
        complete_for=tuple(draw(st.sets(st.sampled_from(KINDS)))),
    )
    persons = [draw(person_records(f"p{at}")) for at in range(draw(st.integers(0, 6)))]
    classes = [draw(group_records(f"g{at}")) for at in range(draw(st.integers(0, 5)))]
    if persons:
        again = draw(st.lists(st.sampled_from(persons), max_size=2))
        persons += [one.model_copy(update={"ref": f"a{at}"}) for at, one in enumerate(again)]
    person_refs = st.sampled_from([*(one.ref for one in persons), "nobody"])
    group_refs = st.sampled_from([*(one.ref for one in classes), "nowhere"])
    roles = st.sampled_from(MemberRole)
    member = st.builds(MembershipRecord, person=person_refs, group=group_refs, role=roles)
    return cleaned(Document(header, persons, classes, draw(st.lists(member, max_size=10))))


def cleaned(document: Document) -> Document:
    """The document as the importer stages it."""
    return Document(
        document.header,
        [one for one in map(clean_record, document.people) if isinstance(one, PersonRecord)],
        [one for one in map(clean_record, document.groups) if isinstance(one, GroupRecord)],
        document.memberships,
    )
