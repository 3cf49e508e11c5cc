"""Look at Numo's roster of a school; every look at people is noted."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.reading import RosterQuery, Sight
from services.importer.store.audit import write_audit
from services.importer.store.roster_pages import current_version, list_roster
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal

_WHOSE = {"people": "id", "memberships": "person_id"}


@dataclass(frozen=True)
class Reader:
    """Who looks at which school, and how much of it that may be."""

    school_id: UUID
    caller: str
    sight: Sight


@dataclass(frozen=True)
class RosterRows:
    """Rows, whether there are more, and the version up to which no change is missing."""

    rows: list[dict[str, Any]]
    more: bool
    version: int


async def read_roster_page(
    database: Database, reader: Reader, name: str, query: RosterQuery
) -> RosterRows:
    """A page of `people`, `groups` or `memberships`, within what the reader may see.

    Raises:
        Refusal: not_allowed, for the feed to who sees only a part: who leaves that part would
            not be told; invalid_request, when the feed is asked from a version still to come.

    """
    query = replace(query, sight=reader.sight)
    if query.changed_since is not None and not reader.sight.whole:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    async with database.transaction(reader.school_id) as connection:
        # First the version, then the rows: what commits in between is told twice, never missed.
        version = await current_version(connection, reader.school_id)
        if query.changed_since is not None and query.changed_since >= version:
            _refuse_future(query.changed_since, version)
            return RosterRows([], more=False, version=version)
        asked = replace(query, limit=query.limit + 1)
        found = await list_roster(connection, reader.school_id, name, asked)
        rows = found[: query.limit]
        await _note(connection, reader, name, query, rows)
    return RosterRows(rows, more=len(found) > len(rows), version=version)


async def read_person(database: Database, reader: Reader, person_id: UUID) -> dict[str, Any]:
    """One person; not_found for whom the reader may not see."""
    query = RosterQuery(1, {"id": person_id}, sight=reader.sight)
    async with database.transaction(reader.school_id) as connection:
        rows = await list_roster(connection, reader.school_id, "people", query)
        if not rows:
            raise Refusal(ErrorCode.NOT_FOUND)
        await _note(connection, reader, "person", query, rows)
    return rows[0]


def _refuse_future(changed_since: int, version: int) -> None:
    """A roster that was put back from a back-up has lost versions: its followers begin anew."""
    if changed_since > version:
        unknown = FieldError("changed_since", "deze versie bestaat niet; begin opnieuw bij 0")
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=(unknown,))


async def _note(
    connection: AsyncConnection,
    reader: Reader,
    name: str,
    query: RosterQuery,
    rows: list[dict[str, Any]],
) -> None:
    whose = _WHOSE.get(name, "id")
    if name == "groups" or not rows:
        return
    facts: dict[str, str | int] = {
        column: str(value)
        for column, value in {
            **query.wanted,
            "in_group": query.in_group,
            "as_member": query.as_member,
            "changed_since": query.changed_since,
        }.items()
        if value is not None and column not in {"id", "person_id"}
    }
    people = tuple(dict.fromkeys(row[whose] for row in rows))
    entry = AuditEntry(reader.caller, AuditAction.LOOK, name, people, facts=facts)
    await write_audit(connection, reader.school_id, entry)
