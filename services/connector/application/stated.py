"""What ops state of a koppeling, and what follows from stating something else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.koppeling import VERIFIED, State
from services.connector.domain.period import DATES_NOT_IN_ORDER, Period
from services.connector.store.events import note_change
from services.connector.store.koppelingen import StoredKoppeling
from services.connector.store.products import StoredProduct
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal

# What is stated anew, by column: the dates, and the doelgroep and datavelden (`stated_…`).
Stated = Mapping[str, Any]
_DATES = ("begin_on", "end_on")


def period_after(koppeling: StoredKoppeling, stated: Stated) -> Period:
    """The period once some of its dates (`begin_on`, `end_on`) are stated.

    Raises:
        Refusal: invalid_request, when the dates are not in order.

    """
    period = Period(*(stated.get(name, getattr(koppeling, name)) for name in _DATES))
    if not period.is_in_order:
        wrong = FieldError("end_on", DATES_NOT_IN_ORDER)
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,))
    return period


def refuse_other_datavelden(product: StoredProduct, stated: Stated) -> None:
    """Refuse datavelden that are not among a product's optional ones.

    Raises:
        Refusal: invalid_request.

    """
    other = set(stated.get("stated_datavelden") or ()) - set(product.optional_datavelden)
    if other:
        names = ", ".join(sorted(other))
        wrong = FieldError("datavelden", f"niet optioneel voor dit product: {names}")
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,))


async def note_stated(
    connection: AsyncConnection, koppeling: StoredKoppeling, stated: Stated, actor: str
) -> dict[str, Any]:
    """Note what of a locked koppeling is stated otherwise now; of the contact only that it is.

    Returns the columns that go with it: its next revision, or none when nothing differs.
    """
    changes = {
        name: f"{_word(name)}: {_shown(name, before)} -> {_shown(name, value)}"
        for name, value in sorted(stated.items())
        if (before := getattr(koppeling, name)) != value
    }
    if not changes:
        return {}
    await note_change(
        connection,
        koppeling.id,
        koppeling.state,
        fields=list(map(_word, changes)),
        actor=actor,
        reason="; ".join(changes.values()),
    )
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


def _word(column: str) -> str:
    return column.removeprefix("stated_")


def _shown(column: str, value: object) -> str:
    if column == "contact_email":
        return "*"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "null" if value is None else str(value)
