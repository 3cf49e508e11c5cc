"""Why a pupil is or is not in a product: what Somtoday lets us know for certain, and what not.

Somtoday answers for a leaver, for a pupil outside the doelgroep and for a number that never was in
the same way: not at all (Somtoday Connect 14.10.0). Those can only be told apart as likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.connector.domain.doelgroep import Doelgroep
from shared.roster.document import PersonRecord


class Certainty(StrEnum):
    """How sure a finding is."""

    CERTAIN = "certain"
    LIKELY = "likely"


class Cause(StrEnum):
    """Why a pupil is or is not in the roster; stable codes."""

    DELIVERED = "delivered"
    ROW_NOT_READABLE = "row_not_readable"
    STARTS_NEXT_SCHOOLJAAR = "starts_next_schooljaar"
    KOPPELING_NOT_ACTIVE = "koppeling_not_active"
    SOMTODAY_UNAVAILABLE = "somtoday_unavailable"
    NUMBER_NOT_PERMITTED = "number_not_permitted"
    VESTIGING_CLOSED = "vestiging_closed"
    OUTSIDE_STATED_DOELGROEP = "outside_stated_doelgroep"
    VESTIGING_NOT_STATED = "vestiging_not_stated"
    LEFT_OR_NOT_PLACED = "left_or_not_placed"
    OUTSIDE_DOELGROEP = "outside_doelgroep"
    OTHER_NUMBER = "other_number"


_DUTCH = {
    Cause.DELIVERED: "Somtoday levert deze leerling nu; de volgende import neemt hem of haar mee.",
    Cause.ROW_NOT_READABLE: "Somtoday levert deze leerling met gegevens die niet te lezen zijn.",
    Cause.STARTS_NEXT_SCHOOLJAAR: "Deze leerling begint in het volgende schooljaar.",
    Cause.KOPPELING_NOT_ACTIVE: "De koppeling is niet actief; er wordt nu niemand opgehaald.",
    Cause.SOMTODAY_UNAVAILABLE: "Somtoday geeft op dit moment geen bruikbaar antwoord.",
    Cause.NUMBER_NOT_PERMITTED: "De school staat het leerlingnummer niet toe; zoeken kan niet.",
    Cause.VESTIGING_CLOSED: "Een vestiging die eerder openstond, staat niet meer open.",
    Cause.OUTSIDE_STATED_DOELGROEP: "De leerling valt buiten de doelgroep die met Kurve is "
    "afgesproken.",
    Cause.VESTIGING_NOT_STATED: "Deze vestiging staat open, maar hoort niet bij de doelgroep die "
    "met Kurve is afgesproken; daar is niet gekeken.",
    Cause.LEFT_OR_NOT_PLACED: "De leerling is uitgeschreven of heeft vandaag geen plaatsing.",
    Cause.OUTSIDE_DOELGROEP: "De leerling valt buiten de doelgroep die de school koos.",
    Cause.OTHER_NUMBER: "Het leerlingnummer is in Somtoday een ander.",
}


@dataclass(frozen=True)
class Finding:
    """One reason, how sure it is, and at which vestiging if that is known."""

    cause: Cause
    certainty: Certainty
    vestiging: str | None = None

    @property
    def detail(self) -> str:
        """The reason in Dutch, without a name."""
        return _DUTCH[self.cause]


def certain(cause: Cause, vestiging: str | None = None) -> Finding:
    """A finding that Somtoday itself told."""
    return Finding(cause, Certainty.CERTAIN, vestiging)


def likely(cause: Cause, vestiging: str | None = None) -> Finding:
    """A finding that Somtoday leaves possible."""
    return Finding(cause, Certainty.LIKELY, vestiging)


def delivered(doelgroep: Doelgroep, pupil: PersonRecord, vestiging: str) -> list[Finding]:
    """What becomes of a pupil whom Somtoday delivers, by the doelgroep that was stated."""
    if not doelgroep.admits_pupil(pupil, in_lesgroep=True):
        return [certain(Cause.OUTSIDE_STATED_DOELGROEP, vestiging)]
    if doelgroep.vakken is None:
        return [certain(Cause.DELIVERED, vestiging)]
    # Of which vakken a pupil's lesgroepen are is not said with the pupil.
    both = (Cause.OUTSIDE_STATED_DOELGROEP, Cause.DELIVERED)
    return [likely(cause, vestiging) for cause in both]


def not_delivered(
    closed: Sequence[str], unstated: Sequence[str], *, number_permitted: bool
) -> list[Finding]:
    """Every reason that is left when no vestiging delivers a pupil, the likeliest first.

    `closed` were open before; `unstated` are open, and outside the stated doelgroep.
    """
    if not number_permitted:
        return [certain(Cause.NUMBER_NOT_PERMITTED)]
    elsewhere = [likely(Cause.VESTIGING_NOT_STATED, name) for name in unstated]
    vanished = [likely(Cause.VESTIGING_CLOSED, name) for name in closed]
    left = (Cause.LEFT_OR_NOT_PLACED, Cause.OUTSIDE_DOELGROEP, Cause.OTHER_NUMBER)
    return [*elsewhere, *vanished, *map(likely, left)]
