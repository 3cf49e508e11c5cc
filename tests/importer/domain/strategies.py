"""Rosters and documents of a very small school, so that everything meets everything.

Few keys, numbers, names and e-mail addresses are shared by all; that makes swaps, namesakes,
handed-on numbers, archived doubles and duplicates common rather than rare.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, TypeVar

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
unhurried = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
SCHOOLJAAR = "2026-2027"
MOMENT = datetime(2026, 11, 24, 9, tzinfo=UTC)
KINDS = ("pupil", "employee", "stamgroep", "lesgroep")
_ABSENT = "absent"
Picked = TypeVar("Picked")

_SOME_KEYS = [f"uuid-{number}" for number in range(6)]
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
    "name": ["H4A", "H4B", "h4bBIO", "h4a"],
    "leerjaar": ["1", "4"],
    "onderwijssoort": ["HAVO", "havo"],
    "vak": ["bi", "wisA"],
    "vestiging_code": ["12AB00", "12AB01"],
}


def _written(value: str) -> list[str]:
    """A value as exports write it: composed or not, with stray blanks."""
    apart = unicodedata.normalize("NFD", value).replace(" de", "\u00a0de")
    return [value, f"\ufeff{apart}\u00a0"]


def _one_of_each(pools: Mapping[str, Sequence[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """One of every pool, but for what is absent; each is picked by a byte of one draw.

    Hypothesis takes some 50 us for a draw, whatever it draws: one for each field made drawing a
    school 30 times as long as comparing it.
    """

    def picked(drawn: bytes) -> dict[str, Any]:
        chosen = {name: _pick(pools[name], byte) for name, byte in zip(pools, drawn, strict=True)}
        return {name: value for name, value in chosen.items() if value != _ABSENT}

    return st.binary(min_size=len(pools), max_size=len(pools)).map(picked)


def _pick(pool: Sequence[Picked], byte: int) -> Picked:
    return pool[byte % len(pool)]


def _rows(pools: Mapping[str, list[str]]) -> dict[str, list[str | None]]:
    """Every field of a row in Numo, empty here and there."""
    return {name: [None, *pool] for name, pool in pools.items()}


def _named(pools: Mapping[str, list[str]]) -> dict[str, list[str | None]]:
    """Any of the fields, as a record of a source names them."""
    return {name: [_ABSENT, None, *chain(*map(_written, pool))] for name, pool in pools.items()}


# So few that the same ones often stand on both sides.
_PERSON_KEYS, _GROUP_KEYS = [None, None, None, *_SOME_KEYS], [None, *_SOME_KEYS[:4]]
_ROLES, _KINDS, _MEMBER_ROLES = list(PersonRole), list(GroupKind), list(MemberRole)
_EITHER = [False, True]
_YEARS = [SCHOOLJAAR, SCHOOLJAAR, "2025-2026"]
_OF_PERSON = {"role": _ROLES, "key": _PERSON_KEYS}
_OF_GROUP = {"kind": _KINDS, "key": _GROUP_KEYS}
_PERSON_ROWS = _one_of_each({**_OF_PERSON, "active": _EITHER, **_rows(_PEOPLE)})
_GROUP_ROWS = _one_of_each({**_OF_GROUP, "year": _YEARS, "active": _EITHER, **_rows(_GROUPS)})
_PERSON_VALUES = _one_of_each({**_OF_PERSON, **_named(_PEOPLE)})
_GROUP_VALUES = _one_of_each({**_OF_GROUP, "instead": _GROUPS["name"], **_named(_GROUPS)})
_UP_TO_FIVE, _UP_TO_SIX, _VERSIONS = st.integers(0, 5), st.integers(0, 6), st.integers(0, 9)
_THREE_PICKS = st.binary(min_size=3, max_size=3)
_MEMBERS, _SAID_MEMBERS = (st.lists(_THREE_PICKS, max_size=most) for most in (8, 10))
_REPEATS = st.binary(max_size=2)
_SOURCES = st.sampled_from(["somtoday", "somtoday", "csv"])
_COMPLETE = st.sets(st.sampled_from(KINDS))


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    """Rows that the database would hold: keys, and numbers of active pupils, are unique."""
    found: list[Person] = []
    used: set[object] = set()
    for _ in range(draw(_UP_TO_SIX)):
        fields = draw(_PERSON_ROWS)
        role, key, active = (fields.pop(name) for name in ("role", "key", "active"))
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
    for _ in range(draw(_UP_TO_FIVE)):
        fields = draw(_GROUP_ROWS)
        kind, key, year, active = (fields.pop(name) for name in ("kind", "key", "year", "active"))
        if key is not None and key in {group.source_key for group in found}:
            continue
        assert fields.keys() == set(GROUP_FIELDS)
        found.append(Group(new_id(), kind, key, year, fields, active))
    return found


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """A school in Numo: who or what is archived has no running memberships."""
    persons, classes = draw(people()), draw(groups())
    pairs = [(person, group) for person in persons for group in classes]
    memberships = []
    for which, as_what, is_on in draw(_MEMBERS) if pairs else []:
        person, group = _pick(pairs, which)
        active = person.active and group.active and _pick(_EITHER, is_on)
        role = _pick(_MEMBER_ROLES, as_what)
        memberships.append(Membership(new_id(), person.id, group.id, role, active))
    return Roster.of(draw(_VERSIONS), persons, classes, memberships)


@st.composite
def _person_records(draw: st.DrawFn, ref: str) -> PersonRecord:
    """A person of a source, with or without keys, that names any of the fields."""
    fields = draw(_PERSON_VALUES)
    role, key = fields.pop("role"), fields.pop("key")
    return PersonRecord(key=key, ref=ref, role=role, fields=fields)


@st.composite
def _group_records(draw: st.DrawFn, ref: str) -> GroupRecord:
    """A group of a source; without a key, as in a list, it has a name and perhaps a site."""
    fields = draw(_GROUP_VALUES)
    kind, key, name = (fields.pop(one) for one in ("kind", "key", "instead"))
    if key is None:
        site = {one: value for one, value in fields.items() if one == "vestiging_code" and value}
        fields = {"name": name, **site}
    return GroupRecord(key=key, ref=ref, group_kind=kind, fields=fields)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """What a source says: anything, with repeats and memberships of nobody, cleaned as staged."""
    header = Header(
        source=draw(_SOURCES),
        schooljaar=SCHOOLJAAR,
        fetched_at=MOMENT,
        complete_for=tuple(draw(_COMPLETE)),
    )
    persons = [draw(_person_records(f"p{at}")) for at in range(draw(_UP_TO_SIX))]
    classes = [draw(_group_records(f"g{at}")) for at in range(draw(_UP_TO_FIVE))]
    if persons:
        again = [_pick(persons, which) for which in draw(_REPEATS)]
        persons += [one.model_copy(update={"ref": f"a{at}"}) for at, one in enumerate(again)]
    person_refs = [*(one.ref for one in persons), "nobody"]
    group_refs = [*(one.ref for one in classes), "nowhere"]
    memberships = [
        MembershipRecord(
            person=_pick(person_refs, who),
            group=_pick(group_refs, where),
            role=_pick(_MEMBER_ROLES, as_what),
        )
        for who, where, as_what in draw(_SAID_MEMBERS)
    ]
    return cleaned(Document(header, persons, classes, memberships))


def cleaned(document: Document) -> Document:
    """The document as the importer stages it."""
    return Document(
        document.header,
        [one for one in map(clean_record, document.people) if isinstance(one, PersonRecord)],
        [one for one in map(clean_record, document.groups) if isinstance(one, GroupRecord)],
        document.memberships,
    )
