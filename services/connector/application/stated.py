"""What ops state of a koppeling, and what follows from stating something else."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.koppeling import VERIFIED, State
from services.connector.domain.period import DATES_NOT_IN_ORDER, Period
from services.connector.store.events import note_change
from services.connector.store.koppelingen import StoredKoppeling
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal

StatedDates = Mapping[str, date | None]


def period_after(koppeling: StoredKoppeling, stated: StatedDates) -> Period:
    """The period once some of its dates (`begin_on`, `end_on`) are stated.

    Raises:
        Refusal: invalid_request, when the dates are not in order.

    """
    known = {"begin_on": koppeling.begin_on, "end_on": koppeling.end_on}
    period = Period(**{**known, **stated})
    if not period.is_in_order:
        wrong = FieldError("end_on", DATES_NOT_IN_ORDER)
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,))
    return period


async def note_stated(
    connection: AsyncConnection, koppeling: StoredKoppeling, stated: Mapping[str, Any], actor: str
) -> dict[str, Any]:
    """Note which columns of a locked koppeling are stated otherwise than they were.

    Returns the columns that go with it: its next revision, or none when nothing differs.
    """
    fields = sorted(name for name, value in stated.items() if getattr(koppeling, name) != value)
    if not fields:
        return {}
    await note_change(connection, koppeling.id, koppeling.state, fields=fields, actor=actor)
    return {"revision": koppeling.revision + 1}


def looks_again(state: State, *, other_period: bool, asked: bool) -> bool:
    """Whether Somtoday is looked at now, after ops asked again or stated other dates.

    Whoever asks again for what is not active expects that what was wrong has been put right; and
    other dates may mean another state.
    """
    return state in VERIFIED and (other_period or (asked and state is not State.ACTIVE))


def columns_of_a_new_start(moment: datetime) -> dict[str, Any]:
    """What a koppeling that starts anew forgets."""
    # Somtoday may know the school by another id than when it was last asked.
    return {"requested_at": moment, "last_problem": None, "organisation_id": None}
