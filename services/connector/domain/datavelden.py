"""Datavelden: what a school may permit a product to know of a person.

The names are those that a school ticks in Somtoday, because school and ops speak of them so.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from shared.roster.document import PersonRole


class Dataveld(StrEnum):
    """One permitted field; nothing outside this list is ever read from a source."""

    UUID = "uuid"
    LEERLINGNUMMER = "leerlingnummer"
    AFKORTING = "afkorting"
    ROEPNAAM = "roepnaam"
    VOORVOEGSEL = "voorvoegsel"
    ACHTERNAAM = "achternaam"
    EMAILADRES = "emailadres"
    GEBRUIKERSNAAM = "gebruikersnaam"
    ECKID = "eckid"
    EDU_PERSON_REAL_ID = "eduPersonRealId"
    PLAATSINGEN = "plaatsingen"
    LESGROEPEN = "lesgroepen"


_ONLY_PUPILS = frozenset({Dataveld.LEERLINGNUMMER, Dataveld.PLAATSINGEN})
_ONLY_EMPLOYEES = frozenset({Dataveld.AFKORTING})
# Without these a pupil's groups are unknown, and an importer would take that for "left them".
STRUCTURE = frozenset({Dataveld.PLAATSINGEN, Dataveld.LESGROEPEN})
_WORD = {PersonRole.PUPIL: "leerling", PersonRole.EMPLOYEE: "medewerker"}

Permitted = Mapping[PersonRole, Collection[Dataveld]]


def datavelden_of(role: PersonRole) -> frozenset[Dataveld]:
    """The datavelden that exist for a role."""
    other = _ONLY_EMPLOYEES if role is PersonRole.PUPIL else _ONLY_PUPILS
    return frozenset(Dataveld) - other


def datavelden_asked(
    required: Iterable[str], optional: Iterable[str], stated: Collection[str] | None
) -> frozenset[Dataveld]:
    """What a product reads of a school: what it requires, and the optional ones agreed upon.

    `stated` of None is every optional one; what a product does not have any more is not read.
    """
    agreed = [name for name in optional if stated is None or name in stated]
    return frozenset(Dataveld(name) for name in (*required, *agreed))


def not_permitted(required: Collection[Dataveld], permitted: Permitted) -> list[str]:
    """Which required datavelden may not be read, as `leerling.achternaam`, in a fixed order.

    A role that `permitted` does not name is not looked at. The structure of pupils is always
    required.
    """
    missing = [
        f"{_WORD[role]}.{dataveld}"
        for role, may_read in permitted.items()
        for dataveld in _required_of(role, required) - set(may_read)
    ]
    return sorted(missing)


def _required_of(role: PersonRole, required: Collection[Dataveld]) -> frozenset[Dataveld]:
    wanted = frozenset(required) & datavelden_of(role)
    return wanted | STRUCTURE if role is PersonRole.PUPIL else wanted
