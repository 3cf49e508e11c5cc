"""Explain one person, show who looked at them, and export all that is held of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.timeline import Happened, TimelineEntry, timeline_of
from services.importer.store.absences import absent_since
from services.importer.store.audit import list_audit, write_audit
from services.importer.store.baselines import said_of_people
from services.importer.store.merges import family_of
from services.importer.store.timeline import (
    audited_of_person,
    changes_of_person,
    decisions_on_person,
    find_person,
    hand_changes_of_person,
    license_uses_of_person,
    memberships_of_person,
    rows_of_people,
)
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


@dataclass(frozen=True)
class Asked:
    """Who asks about whom, for which school."""

    school_id: UUID
    caller: str
    person_id: UUID


@dataclass(frozen=True)
class PersonExport:
    """All that is held of a person (AVG art. 15), also of whom turned out to be the same one."""

    person: Mapping[str, Any]
    merged: list[dict[str, Any]]
    memberships: list[dict[str, Any]]
    timeline: list[TimelineEntry]
    license_uses: list[dict[str, Any]]
    looks: list[dict[str, Any]]
    said: list[dict[str, Any]]
    absent_since: datetime | None


async def explain_person(database: Database, asked: Asked) -> list[TimelineEntry]:
    """What happened to a person, newest first; noted as a look.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction(asked.school_id) as connection:
        await _require(connection, asked)
        await _note(connection, asked, AuditAction.LOOK, "timeline")
        return await _timeline(connection, asked)


async def read_audit(
    database: Database, asked: Asked, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Who did what with a person's data, also of whom turned out to be the same one, newest first.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction(asked.school_id) as connection:
        await _require(connection, asked)
        ids = await family_of(connection, asked.person_id)
        return await list_audit(connection, asked.school_id, ids, before, limit)


async def export_person(database: Database, asked: Asked) -> PersonExport:
    """Everything, in one look of the database; noted before it is read, so it is in itself.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction(asked.school_id) as connection:
        person = await _require(connection, asked)
        await _note(connection, asked, AuditAction.EXPORT, "person")
        school_id, person_id = asked.school_id, asked.person_id
        ids = await family_of(connection, person_id)
        return PersonExport(
            person=person,
            merged=await rows_of_people(connection, [one for one in ids if one != person_id]),
            memberships=await memberships_of_person(connection, ids),
            timeline=await _timeline(connection, asked),
            license_uses=await license_uses_of_person(connection, school_id, ids),
            looks=await list_audit(connection, school_id, ids),
            said=await said_of_people(connection, school_id, ids),
            absent_since=await absent_since(connection, ids),
        )


async def _require(connection: AsyncConnection, asked: Asked) -> dict[str, Any]:
    person = await find_person(connection, asked.person_id)
    if person is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return person


async def _note(connection: AsyncConnection, asked: Asked, action: AuditAction, what: str) -> None:
    entry = AuditEntry(asked.caller, action, what, (asked.person_id,))
    await write_audit(connection, asked.school_id, entry)


async def _timeline(connection: AsyncConnection, asked: Asked) -> list[TimelineEntry]:
    school_id, ids = asked.school_id, await family_of(connection, asked.person_id)
    return timeline_of(
        Happened(
            changes=await changes_of_person(connection, school_id, ids),
            by_hand=await hand_changes_of_person(connection, school_id, ids),
            decisions=await decisions_on_person(connection, school_id, ids),
            license_uses=await license_uses_of_person(connection, school_id, ids),
            audited=await audited_of_person(connection, school_id, ids),
        )
    )
