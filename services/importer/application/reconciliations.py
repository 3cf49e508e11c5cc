"""Look at the proofs of a roster and what they found, and accept a difference for a while."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.importer.application.start_import import ImportOrder, once
from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.reconciliation import Cause
from services.importer.store.audit import write_audit
from services.importer.store.reconciliations import (
    find_differences,
    list_differences,
    list_proofs,
    put_exception,
)
from shared.clock import today
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


@dataclass(frozen=True)
class Acceptance:
    """Until which day a difference is accepted, why, and by whom as they wrote it."""

    difference_id: UUID
    until: date
    reason: str
    name: str


async def read_proofs(
    database: Database, school_id: UUID, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The school's proofs, newest first; `before` is the last of the page before."""
    async with database.transaction(school_id) as connection:
        return list(map(dict, await list_proofs(connection, school_id, before, limit)))


async def read_differences(
    database: Database,
    school_id: UUID,
    *,
    caller: str,
    cause: Cause | None,
    after: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Part of what the newest proof found; that it was looked at is noted."""
    async with database.transaction(school_id) as connection:
        rows = await list_differences(
            connection, school_id, today(), cause=cause, after=after, limit=limit
        )
        seen = tuple(dict.fromkeys(who for row in rows for who in _people_of(row)))
        if seen:
            look = AuditEntry(caller, AuditAction.LOOK, "differences", seen)
            await write_audit(connection, school_id, look)
    return list(map(dict, rows))


async def accept_difference(
    database: Database, order: ImportOrder, given: Acceptance
) -> tuple[RowMapping, datetime]:
    """Accept a difference as it is now; on another value on either side it is a new one.

    Raises:
        Refusal: not_found, idempotency_key_reused.

    """
    async with database.transaction(order.school_id) as connection:
        rows = await find_differences(connection, order.school_id, [given.difference_id])
        if not rows:
            raise Refusal(ErrorCode.NOT_FOUND)
        (row,) = rows

        async def act() -> dict[str, Any]:
            people = _people_of(row)
            values = {
                "fingerprint": row["fingerprint"],
                "person_ids": list(people),
                "until": given.until,
                "reason": given.reason,
                "name": given.name,
                "accepted_by": order.caller,
            }
            at = await put_exception(connection, order.school_id, values)
            facts: dict[str, str | int] = {"until": str(given.until), "cause": row["cause"]}
            entry = AuditEntry(
                order.caller, AuditAction.CHANGE, "difference_accepted", tuple(people), facts=facts
            )
            await write_audit(connection, order.school_id, entry)
            return {"at": at.isoformat()}

        request = [given.difference_id, given.until, given.reason, given.name]
        answer = await once(connection, order, {"accept": request}, act)
    return row, datetime.fromisoformat(answer["at"])


def _people_of(row: RowMapping) -> list[UUID]:
    whose = row["person_id"] if row["kind"] == "membership" else None
    whose = row["subject_id"] if row["kind"] == "person" else whose
    about = row["candidate_ids"] if row["kind"] == "person" else []
    return [who for who in (whose, *about) if who is not None]
