"""The collections of a vestiging that a roster is made of."""

from enum import Enum


class Kind(Enum):
    """A collection: its path and the wrapper around its rows."""

    STAMGROEP = ("stamgroep/", "stamgroepen")
    LESGROEP = ("lesgroep/", "lesgroepen")
    LEERLING = ("leerling", "leerlingen")
    MEDEWERKER = ("medewerker", "medewerkers")

    @property
    def path(self) -> str:
        """Its path; two are documented with a trailing slash, and redirects are not followed."""
        return self.value[0]

    @property
    def wrapper(self) -> str:
        """The key that holds its rows."""
        return self.value[1]

    @property
    def word(self) -> str:
        """One object of it."""
        return self.name.lower()
