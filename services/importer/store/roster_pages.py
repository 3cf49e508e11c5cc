"""The roster by the page: lists in the order of ids, and the feed in the order of changes."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, false, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.reading import RosterQuery, Sight
from services.importer.store.roster_tables import membership, person, roster_group

TABLES = {"people": person, "groups": roster_group, "memberships": membership}
_VERSION = text("SELECT version FROM roster_version WHERE school_id = :school_id")


async def current_version(connection: AsyncConnection, school_id: UUID) -> int:
    """The roster's version; whatever carries it or an earlier one is there to be read."""
    found = await connection.execute(_VERSION, {"school_id": school_id})
    return int(found.scalar_one_or_none() or 0)


async def list_roster(
    connection: AsyncConnection, school_id: UUID, name: str, query: RosterQuery
) -> list[dict[str, Any]]:
    """A page of people, groups or memberships."""
    table = TABLES[name]
    statement = select(table).where(table.c.school_id == school_id)
    for column, value in query.wanted.items():
        if value is not None:
            statement = statement.where(table.c[column] == value)
    if query.in_group is not None or query.as_member is not None:
        statement = statement.where(table.c.id.in_(_members(query)))
    if not query.sight.whole:
        statement = statement.where(_visible(table, query.sight))
    rows = await connection.execute(_page(table, statement, query))
    return [dict(row) for row in rows.mappings()]


def _page(table: Table, statement: Select[Any], query: RosterQuery) -> Select[Any]:
    order: tuple[ColumnElement[Any], ...] = (table.c.id,)
    if query.changed_since is not None:
        order = (table.c.changed_in, table.c.id)
        statement = statement.where(table.c.changed_in > query.changed_since)
    elif table is person and query.wanted.get("state") is None:
        # Who was erased is told to who follows the feed; a list need not begin with them.
        statement = statement.where(person.c.state != "erased")
    if query.after is not None:
        statement = statement.where(tuple_(*order) > tuple_(*query.after))
    return statement.order_by(*order).limit(query.limit)


def _members(query: RosterQuery) -> Select[Any]:
    found = select(membership.c.person_id).where(membership.c.state == "active")
    if query.in_group is not None:
        found = found.where(membership.c.group_id == query.in_group)
    if query.as_member is not None:
        found = found.where(membership.c.role == query.as_member)
    return found


def _visible(table: Table, sight: Sight) -> ColumnElement[bool]:
    mine = membership.alias("mine")
    own = select(mine.c.group_id).where(
        mine.c.person_id == sight.groups_of,
        mine.c.role.in_(("teacher", "mentor")),
        mine.c.state == "active",
    )
    if table is roster_group:
        return roster_group.c.id.in_(own)
    if table is membership:
        return membership.c.group_id.in_(own)
    members = select(membership.c.person_id).where(
        membership.c.group_id.in_(own), membership.c.state == "active"
    )
    oneself = false() if sight.oneself is None else person.c.id == sight.oneself
    return or_(oneself, person.c.id.in_(members))
