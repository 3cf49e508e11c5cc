"""Move a koppeling to its next state, with its history and its mail, in one transaction."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.write_mails import SERVICE, write_mails
from services.connector.domain.koppeling import VERIFIED, Event, State, next_state
from services.connector.domain.mails import Situation, due_mails
from services.connector.store.events import note_event
from services.connector.store.koppelingen import (
    StoredKoppeling,
    change_koppeling,
    find_koppeling,
    told_columns,
)
from shared.clock import now, today
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.outbox.publish import KOPPELING_MOVED, publish


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
    moment = now()
    before, after = koppeling.state, next_state(koppeling.state, event)
    told = koppeling.told.after(after, event)
    values: dict[str, Any] = {"state": after, **told_columns(told)}
    if after is not before:
        # A new state is looked at at once, or never when nobody verifies it.
        values["verify_due_at"] = moment if after in VERIFIED else None
        await _note(connection, koppeling, before, after, event=event, actor=actor, reason=reason)
    values |= columns or {}
    await change_koppeling(connection, koppeling.id, values)
    end_on = values.get("end_on", koppeling.end_on)
    # What must last before it is told is left to the sweep of mails.
    situation = Situation(after, timedelta(0), end_on, today())
    due = due_mails(situation, told, moment, failing_after=timedelta.max)
    problem = values.get("last_problem")
    await write_mails(connection, koppeling.id, due, told, situation=situation, problem=problem)
    return after


async def begin_history(connection: AsyncConnection, koppeling_id: UUID, actor: str) -> None:
    """Note the first request of a koppeling."""
    made = await find_koppeling(connection, koppeling_id)
    if made is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await _note(
        connection, made, None, State.REQUESTED, event=Event.REQUEST, actor=actor, reason=None
    )


async def _note(
    connection: AsyncConnection,
    koppeling: StoredKoppeling,
    before: State | None,
    after: State,
    *,
    event: Event,
    actor: str,
    reason: str | None,
) -> None:
    """Write a transition into the history, and tell the services that want to know."""
    noted = await note_event(
        connection, koppeling.id, (before, after), event=event, actor=actor, reason=reason
    )
    facts = {
        "school_id": str(koppeling.school_id),
        "product": koppeling.product,
        "from": before,
        "to": after,
        "event": event,
        "at": noted.at.isoformat(),
        "position": noted.position,
    }
    await publish(connection, SERVICE, KOPPELING_MOVED, koppeling.id, facts)
