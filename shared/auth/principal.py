"""Who is calling, and what that lets them do."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a Numo user is at school; the values are Numo's own claim values."""

    SCHOOLBEHEERDER = "schoolbeheerder"
    DOCENT = "docent"
    LEERLING = "leerling"


class Scope(StrEnum):
    """What an API key may do."""

    OPS = "ops"
    ROSTER_READ = "roster:read"
    LICENSES_USE = "licenses:use"
    IDENTITIES_RESOLVE = "identities:resolve"


@dataclass(frozen=True)
class ApiCaller:
    """Kurve ops or another product, known by an API key; `product` limits what it may see."""

    key_id: UUID
    name: str
    scopes: frozenset[str]
    product: str | None

    @property
    def audit_name(self) -> str:
        """How this caller is recorded."""
        return f"key:{self.key_id}"


@dataclass(frozen=True)
class User:
    """A Numo user of one school, known by an OIDC token.

    `person_id` is set for whoever is in the roster: a leerling, a docent, an administrator who is
    an employee there as well (and is asked, by it alone, before archiving himself).
    """

    subject: str
    school_id: UUID
    role: Role
    person_id: UUID | None

    @property
    def audit_name(self) -> str:
        """How this caller is recorded: the issuer's opaque subject, never a name."""
        return f"user:{self.subject}"


Principal = ApiCaller | User
