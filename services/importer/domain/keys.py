"""The keys by which people are known: the one place that says which, and how they are compared.

Strongest first: the source's own lasting key, which holds for everybody; then, within a role, ECK
iD, RealId, and the number that a school gives (leerlingnummer, or docentcode for an employee).
"""

from collections.abc import Callable, Mapping

from services.importer.domain.normalise import bare_number
from shared.roster.document import PersonRole

Values = Mapping[str, str | None]
# Name, role (null where it holds for all) and value as it is compared.
Key = tuple[str, PersonRole | None, str]
SOURCE = "key"
IDENTIFYING = ("eck_id", "real_id")
NUMBER = "number"
LEVELS = (*IDENTIFYING, NUMBER)
# What a school gives, and may give to somebody else once it is free.
GIVEN_AGAIN = frozenset({"real_id", NUMBER})


def _bare(number: str) -> str:
    return (bare_number(number) or number).casefold()


# How the values of a field are compared.
COMPARED: Mapping[str, Callable[[str], str]] = {
    "eck_id": str.casefold,
    "real_id": str.casefold,
    "pupil_number": _bare,
    "employee_code": str.casefold,
}
KEY_FIELDS = frozenset(COMPARED)
# Which field each key of a role is in.
FIELD_OF: Mapping[PersonRole, Mapping[str, str]] = {
    PersonRole.PUPIL: {**{name: name for name in IDENTIFYING}, NUMBER: "pupil_number"},
    PersonRole.EMPLOYEE: {**{name: name for name in IDENTIFYING}, NUMBER: "employee_code"},
}


def weak_keys(role: PersonRole, fields: Values) -> dict[str, str]:
    """The keys that a source did not make, by name, as they are compared within a role."""
    return {
        name: COMPARED[field](value)
        for name, field in FIELD_OF[role].items()
        if (value := fields.get(field))
    }


def keys_of(role: PersonRole, key: str | None, fields: Values) -> list[Key]:
    """Every key that somebody has, strongest first: nothing else makes two people one."""
    weak: list[Key] = [(name, role, value) for name, value in weak_keys(role, fields).items()]
    return weak if key is None else [(SOURCE, None, key), *weak]
