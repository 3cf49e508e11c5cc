"""Change a person by hand in Numo: an import leaves it so, unless it is chosen otherwise."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.hand_changes import (
    HAND_FIELDS,
    Hand,
    changes_by_hand,
    held_after,
)
from services.importer.store.audit import write_audit
from services.importer.store.hand_changes import (
    find_changeable,
    list_by_hand,
    write_by_hand,
)
from services.importer.store.roster import bump_version, lock_version, read_version
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

_MOST_SHOWN = 100


@dataclass(frozen=True)
class ByHand:
    """A person's fields that may be changed by hand, which are held, and who changed what.

    `revision` is the version of the roster that last changed the person.
    """

    fields: dict[str, str | None]
    held: list[str]
    revision: int
    history: list[dict[str, Any]]


async def read_by_hand(database: Database, school_id: UUID, person_id: UUID, hand: Hand) -> ByHand:
    """What of a person was changed by hand; not_found for whom this hand may not change."""
    async with database.transaction(school_id) as connection:
        row = await find_changeable(connection, school_id, person_id, hand)
        if row is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        await _note(connection, school_id, row["id"], hand)
        return await _shown(connection, school_id, row)


async def change_person(
    database: Database,
    school_id: UUID,
    person_id: UUID,
    hand: Hand,
    *,
    wanted: Mapping[str, str | None],
    released: Collection[str],
    expected: Collection[int] | None,
) -> ByHand:
    """Set fields, and give others back to the source; a plan that stands is void by it.

    A repeat changes nothing: what is as wanted already is not written again.

    Raises:
        Refusal: not_found, person_changed (somebody else was first).

    """
    async with database.transaction(school_id) as connection:
        row = await _locked(connection, school_id, person_id, hand)
        if expected is not None and row["changed_in"] not in expected:
            raise Refusal(ErrorCode.PERSON_CHANGED)
        held = row["held_fields"]
        changed = changes_by_hand(row, held, wanted, released)
        if changed:
            now_held = sorted(held_after(held, changed))
            facts: dict[str, Any] = {
                "changed": changed,
                "held": now_held,
                "caller": hand.caller,
            }
            await write_by_hand(connection, school_id, person_id, **facts)
            await bump_version(connection, school_id)
            row = await find_changeable(connection, school_id, person_id, hand) or row
        await _note(connection, school_id, row["id"], hand, [one.field for one in changed])
        return await _shown(connection, school_id, row)


async def _note(
    connection: AsyncConnection,
    school_id: UUID,
    person_id: UUID,
    hand: Hand,
    changed: Collection[str] = (),
) -> None:
    action = AuditAction.CHANGE if changed else AuditAction.LOOK
    facts: dict[str, str | int] = {"fields": ",".join(changed)} if changed else {}
    entry = AuditEntry(hand.caller, action, "hand_changes", (person_id,), facts=facts)
    await write_audit(connection, school_id, entry)


async def _locked(
    connection: AsyncConnection, school_id: UUID, person_id: UUID, hand: Hand
) -> dict[str, Any]:
    if not await read_version(connection, school_id):
        # Nobody was ever imported here, or there is no such school.
        raise Refusal(ErrorCode.NOT_FOUND)
    # First the version, then the row: in the order of an import that is being applied.
    await lock_version(connection, school_id)
    row = await find_changeable(connection, school_id, person_id, hand)
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return row


async def _shown(connection: AsyncConnection, school_id: UUID, row: dict[str, Any]) -> ByHand:
    held = row["held_fields"]
    history = await list_by_hand(connection, school_id, row["id"], _MOST_SHOWN)
    fields = {name: row[name] for name in HAND_FIELDS}
    return ByHand(fields, list(held), row["changed_in"], history)
