"""The collections of a vestiging that a roster is made of."""

from enum import Enum

from shared.roster.document import GroupKind, PersonRole


class Kind(Enum):
    """A collection: its path, the wrapper around its rows, and what a row is in the roster."""

    STAMGROEP = ("stamgroep/", "stamgroepen", GroupKind.STAMGROEP.value)
    LESGROEP = ("lesgroep/", "lesgroepen", GroupKind.LESGROEP.value)
    LEERLING = ("leerling", "leerlingen", PersonRole.PUPIL.value)
    MEDEWERKER = ("medewerker", "medewerkers", PersonRole.EMPLOYEE.value)

    @property
    def path(self) -> str:
        """Its path; two are documented with a trailing slash, and redirects are not followed."""
        return self.value[0]

    @property
    def wrapper(self) -> str:
        """The key that holds its rows."""
        return self.value[1]

    @property
    def in_roster(self) -> str:
        """What the roster document calls one: a role, or a kind of group."""
        return self.value[2]

    @property
    def word(self) -> str:
        """One object of it."""
        return self.name.lower()
