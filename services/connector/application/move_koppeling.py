"""Move a koppeling to its next state, with its history and its mail, in one transaction."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.koppeling import (
    VERIFIED,
    Event,
    State,
    must_tell,
    next_state,
    told_after,
)
from services.connector.store.events import note_event
from services.connector.store.koppelingen import StoredKoppeling, change_koppeling
from shared.clock import now
from shared.outbox.write import write_to_outbox

SERVICE = "connector"
MAIL_TOPIC = "mail.koppeling_"


async def move_koppeling(
    connection: AsyncConnection,
    koppeling: StoredKoppeling,
    event: Event,
    *,
    actor: str,
    reason: str | None = None,
    columns: dict[str, Any] | None = None,
) -> State:
    """Apply an event to a locked koppeling and set more columns with it; returns its state.

    An event that changes nothing leaves no history and sends no mail.

    Raises:
        Refusal: transition_not_possible.

    """
    before, after = koppeling.state, next_state(koppeling.state, event)
    told = told_after(after, event, koppeling.told)
    values: dict[str, Any] = {"state": after, "told": told}
    if after is not before:
        # A new state is looked at at once, or never when nobody verifies it.
        values["verify_due_at"] = now() if after in VERIFIED else None
        await note_event(
            connection, koppeling.id, (before, after), event=event, actor=actor, reason=reason
        )
    values |= columns or {}
    await change_koppeling(connection, koppeling.id, values)
    if must_tell(after, koppeling.told):
        facts = {"problem": values.get("last_problem")}
        await write_to_outbox(connection, SERVICE, f"{MAIL_TOPIC}{after}", koppeling.id, facts)
    return after


async def begin_history(connection: AsyncConnection, koppeling_id: UUID, actor: str) -> None:
    """Note the first request of a koppeling."""
    await note_event(
        connection,
        koppeling_id,
        (None, State.REQUESTED),
        event=Event.REQUEST,
        actor=actor,
        reason=None,
    )
