"""Change one person by hand, and what was changed so before."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.hand_changes import HAND_FIELDS, FieldChanged, Hand
from services.importer.store.plan_tables import hand_change
from services.importer.store.roster_tables import person
from shared.clock import now
from shared.ids import new_id

_row = person.c
# A docent sees and changes the pupils of the groups that the docent leads.
_LED = text("""
    EXISTS (SELECT FROM membership own JOIN membership led ON led.group_id = own.group_id
        WHERE own.person_id = person.id AND own.role = 'pupil' AND own.state = 'active'
          AND led.person_id = :docent AND led.role IN ('teacher', 'mentor')
          AND led.state = 'active')
""")


async def find_changeable(
    connection: AsyncConnection, school_id: UUID, person_id: UUID, hand: Hand
) -> dict[str, Any] | None:
    """The active person whom this hand may change, locked; None when there is none."""
    columns = [_row[name] for name in ("id", "held_fields", "changed_in", *HAND_FIELDS)]
    statement = select(*columns).where(
        _row.id == person_id, _row.school_id == school_id, _row.state == "active"
    )
    if hand.is_docent:
        statement = statement.where(_LED.bindparams(docent=hand.person_id))
    found = (await connection.execute(statement.with_for_update())).mappings().one_or_none()
    return None if found is None else dict(found)


async def write_by_hand(
    connection: AsyncConnection,
    school_id: UUID,
    person_id: UUID,
    *,
    changed: Sequence[FieldChanged],
    held: Sequence[str],
    caller: str,
) -> None:
    """Write what was changed, which fields are held from now on, and who did it."""
    values = {one.field: one.after for one in changed if not one.released}
    facts = {"held_fields": sorted(held), "updated_at": now()}
    await connection.execute(update(person).where(_row.id == person_id).values(**values, **facts))
    for one in changed:
        row = {
            "id": new_id(),
            "school_id": school_id,
            "person_id": person_id,
            "field": one.field,
            "before": one.before,
            "after": one.after,
            "released": one.released,
            "changed_by": caller,
        }
        await connection.execute(insert(hand_change).values(row))


async def list_by_hand(
    connection: AsyncConnection, school_id: UUID, person_id: UUID, limit: int
) -> list[dict[str, Any]]:
    """What was changed of a person by hand, newest first."""
    done = hand_change.c
    statement = select(hand_change).where(done.school_id == school_id, done.person_id == person_id)
    rows = await connection.execute(statement.order_by(done.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]
