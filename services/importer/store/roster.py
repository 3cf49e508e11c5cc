"""A school's roster as a whole, for a diff, and the version that guards it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.roster import Group, Membership, Person, Roster
from services.importer.store.erase import erased_hashes
from services.importer.store.roster_tables import membership, person, roster_group
from shared.roster.document import (
    GROUP_FIELDS,
    PERSON_FIELDS,
    GroupKind,
    MemberRole,
    PersonRole,
)

_MAKE_VERSION = text(
    "INSERT INTO roster_version (school_id) VALUES (:school_id) ON CONFLICT DO NOTHING"
)
_VERSION = text("SELECT version FROM roster_version WHERE school_id = :school_id FOR UPDATE")
_TELL = text("SELECT set_config('app.roster_version', :version, true)")
_READ_VERSION = text("SELECT version FROM roster_version WHERE school_id = :school_id")
_FIXED = ("id", "role", "source_key", "state", "held_fields", "merged_into")
_PEOPLE = select(*(person.c[name] for name in (*_FIXED, *PERSON_FIELDS)))
_BUMP = text("UPDATE roster_version SET version = version + 1 WHERE school_id = :school_id")


async def lock_version(connection: AsyncConnection, school_id: UUID) -> int:
    """The roster's version; nobody changes the roster before this transaction ends.

    What the transaction writes carries the next version: see `note_roster_version` in the
    migrations. So versions are given out in the order in which they commit, and whoever reads
    on from a version misses nothing.
    """
    await connection.execute(_MAKE_VERSION, {"school_id": school_id})
    version = int((await connection.execute(_VERSION, {"school_id": school_id})).scalar_one())
    await connection.execute(_TELL, {"version": str(version + 1)})
    return version


async def read_version(connection: AsyncConnection, school_id: UUID) -> int:
    """The roster's version at this moment; zero for a school that never had one."""
    return (await connection.execute(_READ_VERSION, {"school_id": school_id})).scalar() or 0


async def bump_version(connection: AsyncConnection, school_id: UUID) -> None:
    """Say that the roster changed."""
    await connection.execute(_BUMP, {"school_id": school_id})


async def read_roster(connection: AsyncConnection, school_id: UUID) -> Roster:
    """All of a school, at a version that holds until the transaction ends."""
    version = await lock_version(connection, school_id)
    return Roster.of(
        version,
        await _people(connection, _PEOPLE.where(_own(school_id))),
        await _groups(connection, school_id),
        await _memberships(connection, school_id),
        await erased_hashes(connection, school_id),
    )


async def read_people(
    connection: AsyncConnection, school_id: UUID, ids: Collection[UUID]
) -> dict[UUID, Person]:
    """These people of the school, as far as they are there."""
    found = await _people(connection, _PEOPLE.where(_own(school_id), person.c.id.in_(ids)))
    return {one.id: one for one in found}


def _own(school_id: UUID) -> ColumnElement[bool]:
    return person.c.school_id == school_id


async def _people(connection: AsyncConnection, statement: Select[Any]) -> list[Person]:
    rows = await connection.execute(statement)
    return [
        Person(
            row[0],
            PersonRole(row[1]),
            row[2],
            dict(zip(PERSON_FIELDS, row[6:], strict=True)),
            row[3] == "active",
            frozenset(row[4]),
            row[5],
        )
        for row in rows
    ]


async def _groups(connection: AsyncConnection, school_id: UUID) -> list[Group]:
    fixed = ("id", "kind", "source_key", "schooljaar", "state")
    columns = [roster_group.c[name] for name in (*fixed, *GROUP_FIELDS)]
    rows = await connection.execute(select(*columns).where(roster_group.c.school_id == school_id))
    return [
        Group(
            row[0],
            GroupKind(row[1]),
            row[2],
            row[3],
            dict(zip(GROUP_FIELDS, row[5:], strict=True)),
            row[4] == "active",
        )
        for row in rows
    ]


async def _memberships(connection: AsyncConnection, school_id: UUID) -> list[Membership]:
    found = membership.c
    statement = select(found.id, found.person_id, found.group_id, found.role, found.state)
    rows = await connection.execute(statement.where(found.school_id == school_id))
    roles = {role.value: role for role in MemberRole}
    return [Membership(row[0], row[1], row[2], roles[row[3]], row[4] == "active") for row in rows]
