"""What the API says of people, groups and memberships."""

from typing import Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field

from shared.paging import Page
from shared.roster.document import GroupKind, MemberRole, PersonRole

Item = TypeVar("Item")


class RosterPage(Page[Item], Generic[Item]):
    """Part of a list, and where to go on when it is read to the end."""

    roster_version: int = Field(
        description="ask for what changed since: of a list the one of its first page, "
        "of the feed the one of its last",
        examples=[7],
    )


class PersonView(BaseModel):
    """A person as Numo shows them; without the ECK iD, which may not be shown."""

    id: UUID
    role: PersonRole
    state: Literal["active", "archived", "erased"] = Field(
        description="who was erased keeps the id and has no name or number any more"
    )
    pupil_number: str | None = Field(examples=["100231"])
    employee_code: str | None = Field(examples=[None])
    given_name: str | None = Field(examples=["Fenna"])
    prefix: str | None = Field(examples=["de"])
    family_name: str | None = Field(examples=["Vries"])
    email: str | None = Field(examples=["100231@leerling.waterkant.example"])
    username: str | None = Field(examples=["100231"])
    leerjaar: str | None = Field(examples=["3"])
    onderwijssoort: str | None = Field(examples=["HAVO"])
    vestiging_code: str | None = Field(examples=["99ZY00"])
    merged_into: UUID | None = Field(
        description="who this person turned out to be; archived for good", examples=[None]
    )


class GroupView(BaseModel):
    """A group as Numo shows it."""

    id: UUID
    kind: GroupKind
    state: Literal["active", "archived"]
    schooljaar: str = Field(examples=["2026-2027"])
    name: str | None = Field(examples=["h3a"])
    leerjaar: str | None = Field(examples=["3"])
    onderwijssoort: str | None = Field(examples=["HAVO"])
    vak: str | None = Field(examples=["wi"])
    vestiging_code: str | None = Field(examples=["99ZY00"])


class MembershipView(BaseModel):
    """A person in a group."""

    id: UUID
    person_id: UUID
    group_id: UUID
    role: MemberRole
    state: Literal["active", "ended"]
