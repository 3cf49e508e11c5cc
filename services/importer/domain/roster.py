"""The roster as Numo holds it: people, groups and memberships of one school."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from services.importer.domain.register import Register
from shared.roster.document import (
    GroupKind,
    GroupRecord,
    Header,
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
    ProblemRecord,
)

Fields = Mapping[str, str | None]
MembershipKey = tuple[UUID, UUID, MemberRole]


@dataclass(frozen=True, slots=True)
class Person:
    """A pupil or employee; `fields` has every one of PERSON_FIELDS.

    `held` are fields that somebody changed by hand in Numo: a source does not overwrite them
    unless that is chosen. `merged_into` is who they turned out to be.
    """

    id: UUID
    role: PersonRole
    source_key: str | None
    fields: Fields
    active: bool = True
    held: frozenset[str] = frozenset()
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A stamgroep or lesgroep of one schooljaar; `fields` has every one of GROUP_FIELDS."""

    id: UUID
    kind: GroupKind
    source_key: str | None
    schooljaar: str
    fields: Fields
    active: bool = True


@dataclass(frozen=True, slots=True)
class Membership:
    """A person in a group; not active once it ended."""

    id: UUID
    person_id: UUID
    group_id: UUID
    role: MemberRole
    active: bool = True

    @property
    def key(self) -> MembershipKey:
        """What makes it one of a kind."""
        return self.person_id, self.group_id, self.role


@dataclass
class Roster:
    """All of one school, archived rows too, at one version.

    `erased` are hashes of keys of people who were erased: see the domain's erasure.
    """

    version: int = 0
    people: dict[UUID, Person] = field(default_factory=dict)
    groups: dict[UUID, Group] = field(default_factory=dict)
    memberships: dict[MembershipKey, Membership] = field(default_factory=dict)
    erased: frozenset[bytes] = frozenset()

    @classmethod
    def of(
        cls,
        version: int,
        people: Iterable[Person],
        groups: Iterable[Group],
        memberships: Iterable[Membership],
        erased: frozenset[bytes] = frozenset(),
    ) -> "Roster":
        """A roster of these rows."""
        return cls(
            version,
            {person.id: person for person in people},
            {group.id: group for group in groups},
            {membership.key: membership for membership in memberships},
            erased,
        )

    @cached_property
    def register(self) -> Register[Person]:
        """The people by what tells who they are; made once, when all of them are there."""
        people = list(self.people.values())
        # Who turned out to be one with somebody else is known by the keys of both.
        merged = {person.merged_into for person in people} - {None}
        return Register(
            people,
            [person.source_key or "" for person in people],
            lambda one: not one.active or one.merged_into is not None or one.id in merged,
        )


@dataclass
class Document:
    """A whole roster document, read and cleaned; `problems` are rows that it lacks."""

    header: Header
    people: list[PersonRecord] = field(default_factory=list)
    groups: list[GroupRecord] = field(default_factory=list)
    memberships: list[MembershipRecord] = field(default_factory=list)
    problems: list[ProblemRecord] = field(default_factory=list)

    @cached_property
    def register(self) -> Register[PersonRecord]:
        """The people by what tells who they are; made once, when all of them are there."""
        refs = Counter(record.ref for record in self.people)
        return Register(
            self.people,
            [record.key or "" for record in self.people],
            lambda one: refs[one.ref] > 1,
        )
