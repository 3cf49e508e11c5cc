"""Erase one person (AVG art. 17): they are nobody to Numo from then on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.erasure import Ground
from services.importer.store.audit import write_audit
from services.importer.store.erase import erase_people
from services.importer.store.merges import family_of
from services.importer.store.roster import bump_version, lock_version
from services.importer.store.runs import cancel_plan
from services.importer.store.timeline import find_person
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import first_answer

_ERASED = (
    "Er is iemand gewist; daarom is dit overzicht vervallen. Er is niets gewijzigd; begin een "
    "nieuwe import."
)


@dataclass(frozen=True)
class EraseOrder:
    """Who erases whom, and on what ground."""

    school_id: UUID
    caller: str
    person_id: UUID
    ground: Ground
    idempotency_key: str


@dataclass(frozen=True)
class Erased:
    """When it was done, and whether an import will know them again."""

    erased_at: datetime
    is_known_again: bool


async def erase_person(database: Database, order: EraseOrder) -> Erased:
    """Erase somebody, once; a plan that was made before is cancelled.

    Raises:
        Refusal: not_found, idempotency_key_reused.

    """

    async def act() -> dict[str, Any]:
        await lock_version(connection, order.school_id)
        row = await find_person(connection, order.person_id)
        if row is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if row["state"] == "erased":
            return _answer(row["erased_at"], is_known_again=row["is_known_again"])
        moment = now()
        # Also who turned out to be the same one: they are one person to the law too.
        family = await family_of(connection, order.person_id)
        await erase_people(connection, order.school_id, family, order.caller, moment)
        await bump_version(connection, order.school_id)
        # What was read for a plan may name them, and so would the plan that is made anew from it.
        await cancel_plan(connection, order.school_id, _ERASED, order.caller)
        entry = AuditEntry(
            order.caller,
            AuditAction.ERASE,
            "person",
            tuple(family),
            facts={"ground": order.ground},
        )
        await write_audit(connection, order.school_id, entry)
        known = row["source_key"] is not None or row["eck_id"] is not None
        return _answer(moment, is_known_again=known)

    async with database.transaction(order.school_id) as connection:
        answer = await first_answer(
            connection,
            service="importer",
            caller=order.caller,
            key=order.idempotency_key,
            request={"erase": order.person_id, "ground": order.ground},
            act=act,
        )
    return Erased(datetime.fromisoformat(answer["erased_at"]), answer["is_known_again"])


def _answer(erased_at: datetime, *, is_known_again: bool) -> dict[str, Any]:
    return {"erased_at": erased_at.isoformat(), "is_known_again": is_known_again}
