"""What a look at Somtoday says about a koppeling."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.connector.domain.candidate import Candidate
from services.connector.domain.datavelden import Dataveld, Permitted, not_permitted
from services.connector.domain.koppeling import Event
from services.connector.domain.period import Position


class Problem(StrEnum):
    """Why a koppeling is not (yet) as it should be; stable codes for ops."""

    ORGANISATION_UNKNOWN = "organisation_unknown"
    ORGANISATION_NAME_DIFFERS = "organisation_name_differs"
    ORGANISATION_AMBIGUOUS = "organisation_ambiguous"
    NOT_OPENED = "not_opened"
    STATED_VESTIGING_NOT_OPEN = "stated_vestiging_not_open"
    DATAVELD_NOT_PERMITTED = "dataveld_not_permitted"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a code, not a secret
    SOURCE_UNAVAILABLE = "source_unavailable"


# What a look that was answered found too little of, for as long as no other answered look finds
# otherwise: in its light nothing may be fetched.
INSUFFICIENCIES = frozenset(
    {
        Problem.ORGANISATION_UNKNOWN,
        Problem.ORGANISATION_NAME_DIFFERS,
        Problem.ORGANISATION_AMBIGUOUS,
        Problem.STATED_VESTIGING_NOT_OPEN,
        Problem.DATAVELD_NOT_PERMITTED,
    }
)


@dataclass(frozen=True)
class ObservedVestiging:
    """A vestiging that Somtoday opens, and what may be read there of each role."""

    somtoday_id: UUID
    name: str
    codes: tuple[str, ...]
    permitted: Permitted


@dataclass(frozen=True)
class Verdict:
    """The event that a look amounts to, and what is worth knowing about it.

    `candidates` are the organisations that it may be when it is not clear which; `refused` tells
    that Somtoday answered 401.
    """

    event: Event
    problem: Problem | None = None
    reason: str | None = None
    organisation_id: UUID | None = None
    vestigingen: Sequence[ObservedVestiging] = ()
    candidates: tuple[Candidate, ...] = ()
    refused: bool = False

    @property
    def is_conclusive(self) -> bool:
        """Whether Somtoday told how the koppeling stands: it was asked, and it answered."""
        return self.event not in {Event.FAILED, Event.TOO_EARLY, Event.OVER}

    def problem_after(self, known: str | None) -> str | None:
        """The problem that stands after this look; one that failed takes no insufficiency away."""
        stays = self.event is Event.FAILED and known in INSUFFICIENCIES
        return known if stays else self.problem


def out_of_period(position: Position) -> Verdict | None:
    """The verdict outside the stated dates, where Somtoday is not asked for anything."""
    if position is Position.BEFORE:
        return Verdict(Event.TOO_EARLY)
    return Verdict(Event.OVER) if position is Position.AFTER else None


def judge(
    organisation_id: UUID,
    vestigingen: Sequence[ObservedVestiging],
    inside: Sequence[ObservedVestiging],
    required: Collection[Dataveld],
) -> Verdict:
    """The verdict on what a school opened for a product.

    Of the vestigingen that are open only those `inside` the stated doelgroep are read; at least
    one must be, and none of them may lack a dataveld.
    """
    if not vestigingen:
        return Verdict(Event.NOT_OPENED, Problem.NOT_OPENED, organisation_id=organisation_id)
    missing = sorted({name for v in inside for name in not_permitted(required, v.permitted)})
    problem = Problem.DATAVELD_NOT_PERMITTED if missing else None
    if not inside:
        problem = Problem.STATED_VESTIGING_NOT_OPEN
    return Verdict(
        Event.CONFIRMED if problem is None else Event.INSUFFICIENT,
        problem,
        ", ".join(missing) or None,
        organisation_id,
        vestigingen,
    )
