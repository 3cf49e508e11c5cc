"""Write that two people are one; and who belongs together by it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.merging import Joined, TwoPeople
from services.importer.domain.roster import Membership
from services.importer.store.roster_tables import membership, person, roster_group
from shared.ids import new_id
from shared.roster.document import MemberRole

# Whoever was merged into the one who goes is who stays, too: a key leads there in one step.
_MERGE = (
    text("""
    UPDATE person SET state = 'archived', archived_at = coalesce(archived_at, :now),
        updated_at = :now, merged_into = :stays
    WHERE id = :gone
    """),
    text("UPDATE person SET merged_into = :stays, updated_at = :now WHERE merged_into = :gone"),
    text("""
    UPDATE membership SET state = 'ended', ended_at = :now
    WHERE person_id = :gone AND state = 'active'
    """),
)
_FAMILY = text("""
    WITH one AS (SELECT coalesce(merged_into, id) AS id FROM person WHERE id = :person_id)
    SELECT p.id FROM person p, one WHERE p.id = one.id OR p.merged_into = one.id
""")


async def family_of(connection: AsyncConnection, person_id: UUID) -> list[UUID]:
    """A person and everybody who turned out to be the same one; empty when there is no such."""
    rows = await connection.execute(_FAMILY, {"person_id": person_id})
    return list(rows.scalars())


async def erased_among(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    """Who of these was erased."""
    statement = select(person.c.id).where(person.c.id.in_(ids), person.c.state == "erased")
    return set((await connection.execute(statement)).scalars())


async def memberships_among(connection: AsyncConnection, ids: Collection[UUID]) -> list[Membership]:
    """The active memberships of these people."""
    found = membership.c
    columns = (found.id, found.person_id, found.group_id, found.role)
    statement = select(*columns).where(found.person_id.in_(ids), found.state == "active")
    rows = await connection.execute(statement)
    return [Membership(row[0], row[1], row[2], MemberRole(row[3])) for row in rows]


async def names_of_groups(
    connection: AsyncConnection, ids: Collection[UUID]
) -> dict[UUID, str | None]:
    """How these groups are called."""
    statement = select(roster_group.c.id, roster_group.c.name).where(roster_group.c.id.in_(ids))
    return {row[0]: row[1] for row in await connection.execute(statement)}


async def write_merge(
    connection: AsyncConnection, two: TwoPeople, joined: Iterable[Joined], moment: datetime
) -> None:
    """Archive who goes, lead their keys to who stays, and unite the memberships."""
    facts = {"gone": two.gone, "stays": two.stays, "now": moment}
    for statement in _MERGE:
        wanted = {name: facts[name] for name in facts if f":{name}" in str(statement)}
        await connection.execute(statement, wanted)
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "school_id": two.school_id,
            "person_id": two.stays,
            "group_id": one.group_id,
            "role": one.role,
        }
        for one in joined
    ]
    if rows:
        again = {"state": "active", "ended_at": None}
        unique = ["group_id", "person_id", "role"]
        united = insert(membership).values(rows)
        await connection.execute(united.on_conflict_do_update(index_elements=unique, set_=again))
