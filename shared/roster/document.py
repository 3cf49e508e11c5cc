"""The roster document, version 1: one school's people, groups and memberships as a stream.

The document is newline-delimited JSON: a header, then records in any order of people after
groups, and a trailer that proves the stream complete. It knows nothing of any source.

In a person's `fields` an absent key means *this source may not say*; null means *the source
says it is empty*. A reader must never blank a stored value because a key is absent.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION: Literal["1"] = "1"
MEDIA_TYPE = "application/x-ndjson"


class PersonRole(StrEnum):
    """What a person is at school."""

    PUPIL = "pupil"
    EMPLOYEE = "employee"


class GroupKind(StrEnum):
    """Home class or teaching group; see the glossary for the Dutch terms."""

    STAMGROEP = "stamgroep"
    LESGROEP = "lesgroep"


class MemberRole(StrEnum):
    """What a person does in a group."""

    PUPIL = "pupil"
    TEACHER = "teacher"
    MENTOR = "mentor"


# What can be known of a person besides keys and role; the same names in store and screen.
PERSON_FIELDS = (
    "pupil_number",
    "employee_code",
    "given_name",
    "prefix",
    "family_name",
    "email",
    "username",
    "eck_id",
    "real_id",
    "leerjaar",
    "onderwijssoort",
    "vestiging_code",
)
GROUP_FIELDS = ("name", "leerjaar", "onderwijssoort", "vak", "vestiging_code")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Header(_Record):
    """First line: what this document speaks about.

    `complete_for` names the kinds of which the document holds *all*: only of those may absence
    mean "no longer there". Members: pupil, employee, stamgroep, lesgroep.
    """

    kind: Literal["header"] = "header"
    version: Literal["1"] = VERSION
    source: str
    schooljaar: str
    fetched_at: datetime
    complete_for: tuple[str, ...]


class PersonRecord(_Record):
    """A pupil or an employee.

    `key` is the source's own lasting id, null where it has none; `ref` names the person within
    this document, for its memberships.
    """

    kind: Literal["person"] = "person"
    key: str | None
    ref: str
    role: PersonRole
    fields: dict[str, str | None]


class GroupRecord(_Record):
    """A stamgroep or a lesgroep; `key` and `ref` as for a person."""

    kind: Literal["group"] = "group"
    key: str | None
    ref: str
    group_kind: GroupKind
    fields: dict[str, str | None]


class MembershipRecord(_Record):
    """A person in a group, both by their `ref`."""

    kind: Literal["membership"] = "membership"
    person: str
    group: str
    role: MemberRole


class ProblemRecord(_Record):
    """A row of the source that could not be read, or the end of a stream that failed.

    `missing` says of which kind the document lacks somebody (as in the header's `complete_for`),
    null when it lacks nobody; `key` is the source's lasting id of that row, null when unknown.
    `fatal` means that no trailer will follow. Holds no personal data.
    """

    kind: Literal["problem"] = "problem"
    code: str
    detail: str
    place: str
    missing: str | None = None
    key: str | None = None
    fatal: bool = False


class Trailer(_Record):
    """Last line: how many records of each kind came before, and the digest of their lines.

    `digest` is the SHA-256, in hex, over every line before this one, each with its newline;
    `content` the same without the header's `fetched_at`: equal for equal rosters of one schooljaar
    that claim the same, whenever they were fetched.
    """

    kind: Literal["trailer"] = "trailer"
    persons: int
    groups: int
    memberships: int
    problems: int
    digest: str
    content: str


Record = Annotated[
    Header | PersonRecord | GroupRecord | MembershipRecord | ProblemRecord | Trailer,
    Field(discriminator="kind"),
]


@dataclass(frozen=True)
class Counts:
    """How many records of each kind a stream held."""

    persons: int = 0
    groups: int = 0
    memberships: int = 0
    problems: int = 0
