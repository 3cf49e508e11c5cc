"""The one rule of when anything of a koppeling may be fetched."""

from datetime import date

from services.connector.domain.koppeling import MAY_FETCH, State
from services.connector.domain.period import Period, Position
from services.connector.domain.verdict import INSUFFICIENCIES


def may_fetch(state: State, period: Period, day: date, problem: str | None) -> bool:
    """Whether a fetch may be tried on a day in the Netherlands.

    A look that failed says nothing of what is permitted: Somtoday itself answers the fetch. A
    dataveld that the school withholds and the product requires does bar it.
    """
    inside = period.position(day) is Position.INSIDE
    return state in MAY_FETCH and inside and problem not in INSUFFICIENCIES
