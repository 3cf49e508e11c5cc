"""Somtoday's words to the roster's: the only place where the two languages meet.

A second source would be one more module like this one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from pydantic import BaseModel

from services.connector.domain.candidate import Candidate
from services.connector.domain.datavelden import Dataveld
from services.connector.somtoday import wire
from services.connector.somtoday.rights import Rights
from shared.ids import is_vestiging_code
from shared.roster.document import GroupKind, GroupRecord, PersonRecord, PersonRole

_PERSON_FIELDS = {
    Dataveld.ROEPNAAM: "given_name",
    Dataveld.VOORVOEGSEL: "prefix",
    Dataveld.ACHTERNAAM: "family_name",
    Dataveld.EMAILADRES: "email",
    Dataveld.GEBRUIKERSNAAM: "username",
    Dataveld.ECKID: "eck_id",
    Dataveld.EDU_PERSON_REAL_ID: "real_id",
}
_FIELDS: Mapping[PersonRole, Mapping[Dataveld, str]] = {
    PersonRole.PUPIL: {Dataveld.LEERLINGNUMMER: "pupil_number", **_PERSON_FIELDS},
    PersonRole.EMPLOYEE: {Dataveld.AFKORTING: "employee_code", **_PERSON_FIELDS},
}
_GROUP_FIELDS = {"naam": "name", "leerjaar": "leerjaar", "onderwijssoort": "onderwijssoort"}
_ALWAYS = {
    PersonRole.PUPIL: {
        "pupil_number": "leerlingnummer",
        "given_name": "roepnaam",
        "family_name": "achternaam",
    },
    PersonRole.EMPLOYEE: {"family_name": "achternaam"},
}
_LESGROEP_FIELDS = {**_GROUP_FIELDS, "vak": "vak"}

Fields = dict[str, str | None]


@dataclass(frozen=True)
class Site:
    """The vestiging that a row comes from."""

    uuid: str
    name: str
    codes: tuple[str, ...]

    @property
    def code(self) -> str | None:
        """Its vestigingscode, the first when it has several."""
        return self.codes[0] if self.codes else None


def candidate(row: wire.Instelling) -> Candidate | None:
    """An organisation to choose from; None for a row without a usable id."""
    try:
        return Candidate(UUID(row.uuid), row.naam or "", tuple(row.brins or ()))
    except (TypeError, ValueError):
        return None


def site(row: wire.Vestiging) -> Site | None:
    """A vestiging; None for a row without a usable id.

    Where a vestiging has several BRINs its afkorting may be the right one (public HelloID
    connector of Tools4ever), so that one comes first.
    """
    try:
        uuid = str(UUID(row.uuid))
    except (TypeError, ValueError):
        return None
    codes = [code for code in row.brins or () if is_vestiging_code(code)]
    codes.sort(key=lambda code: (code != row.afkorting, code))
    return Site(uuid, row.naam or uuid, tuple(codes))


def pupil(
    row: wire.Leerling, rights: Rights, at: Site, wanted: Collection[Dataveld], *, day: date
) -> PersonRecord:
    """A pupil, from a row that has a uuid."""
    fields = _permitted(row, PersonRole.PUPIL, rights, wanted)
    placed = current_plaatsing(row, day)
    nested = rights.nested("plaatsingVeldpermissies")
    if rights.allows("plaatsingen", present=row.plaatsingen is not None):
        if nested.allows("leerjaar", present=True):
            fields["leerjaar"] = _text(placed.leerjaar if placed else None)
        if nested.allows("stamgroep", present=True):
            group = placed.stamgroep if placed else None
            fields["onderwijssoort"] = _text(group.onderwijssoort if group else None)
    fields |= _place(at.code)
    return _person(row, PersonRole.PUPIL, fields)


def employee(
    row: wire.Medewerker,
    rights: Rights,
    at: Site,
    wanted: Collection[Dataveld],
    *,
    sites: Mapping[str, Site],
) -> PersonRecord:
    """An employee, at their hoofdvestiging if that is open, from a row that has a uuid."""
    main = row.hoofdvestiging.uuid if row.hoofdvestiging else None
    fields = _permitted(row, PersonRole.EMPLOYEE, rights, wanted)
    fields |= _place(sites.get(main or "", at).code)
    return _person(row, PersonRole.EMPLOYEE, fields)


def gaps(record: PersonRecord) -> list[str]:
    """What everybody has and this person has not, in Somtoday's words; it empties nothing."""
    always = _ALWAYS[record.role]
    return [word for name, word in always.items() if record.fields.get(name, "") is None]


def filled(record: PersonRecord) -> PersonRecord:
    """A person without the fields that cannot be empty and are."""
    always = _ALWAYS[record.role]
    kept = {n: value for n, value in record.fields.items() if value is not None or n not in always}
    return record.model_copy(update={"fields": kept})


def stamgroep(row: wire.Stamgroep, rights: Rights, at: Site) -> GroupRecord:
    """A home class, from a row that has a uuid."""
    return _group(row, GroupKind.STAMGROEP, _all_permitted(row, _GROUP_FIELDS, rights), at)


def lesgroep(row: wire.Lesgroep, rights: Rights, at: Site) -> GroupRecord:
    """A teaching group, from a row that has a uuid."""
    return _group(row, GroupKind.LESGROEP, _all_permitted(row, _LESGROEP_FIELDS, rights), at)


def current_plaatsing(row: wire.Leerling, day: date) -> wire.Plaatsing | None:
    """The plaatsing that holds a day; the latest begun, should there be several."""
    running = [
        placed
        for placed in row.plaatsingen or ()
        if (placed.startdatum or date.min) <= day <= (placed.einddatum or date.max)
    ]
    return max(running, key=lambda placed: placed.startdatum or date.min, default=None)


def _person(row: wire.Persoon, role: PersonRole, fields: Fields) -> PersonRecord:
    return PersonRecord(key=row.uuid, ref=row.uuid or "", role=role, fields=fields)


def _group(
    row: wire.Stamgroep | wire.Lesgroep, kind: GroupKind, fields: Fields, at: Site
) -> GroupRecord:
    placed = fields | _place(at.code)
    return GroupRecord(key=row.uuid, ref=row.uuid or "", group_kind=kind, fields=placed)


def _permitted(
    row: wire.Persoon,
    role: PersonRole,
    rights: Rights,
    wanted: Collection[Dataveld],
) -> Fields:
    return _all_permitted(row, _chosen(role, frozenset(wanted)), rights)


@cache
def _chosen(role: PersonRole, wanted: frozenset[Dataveld]) -> Mapping[str, str]:
    """Of each wanted dataveld its own name and the roster's; worked out once, not per row."""
    names = _FIELDS[role]
    return {dataveld.value: name for dataveld, name in names.items() if dataveld in wanted}


def _all_permitted(row: BaseModel, names: Mapping[str, str], rights: Rights) -> Fields:
    return {
        name: _text(getattr(row, field))
        for field, name in names.items()
        if rights.allows(field, present=field in row.model_fields_set)
    }


def _place(code: str | None) -> Fields:
    return {} if code is None else {"vestiging_code": code}


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value).strip() or None
