"""Compose the daily overview for ops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from email.message import EmailMessage
from uuid import UUID

from services.connector.domain.koppeling import State
from services.connector.mail.own_templates import TEMPLATES
from shared.mail.templates import one_line

_MOST_LINES = 50
_TITLES = {
    State.DEGRADED: "Storing: Somtoday weigert of geeft te weinig",
    State.REVOKED: "Ingetrokken door de school",
    State.REQUESTED: "Aangevraagd, Somtoday heeft nog niets laten zien",
    State.WAITING: "Wacht al lang op de school",
}
_WARNED = "Werkt, maar anders dan afgesproken"


@dataclass(frozen=True)
class DigestLine:
    """A koppeling in the overview; `since` is a Dutch calendar day, `problem` a code."""

    school_name: str
    brin: str
    product: str
    since: date
    problem: str | None


def compose_digest(
    found: Mapping[State, Sequence[DigestLine]],
    warned: Sequence[DigestLine],
    *,
    day: date,
    to: str,
    entry_id: UUID,
) -> EmailMessage:
    """The overview of a day; of each state the newest, and how many more there are.

    `warned` are those that work, but not as was stated.
    """
    titled = [*((_TITLES[state], lines) for state, lines in found.items()), (_WARNED, warned)]
    groups = [
        {
            "title": title,
            "count": len(lines),
            "lines": [_shown(line) for line in lines[:_MOST_LINES]],
            "more": max(0, len(lines) - _MOST_LINES),
        }
        for title, lines in titled
        if lines
    ]
    count = sum(len(lines) for _, lines in titled)
    values = {"groups": groups, "count": count, "day": day}
    return TEMPLATES.rendered("ops_digest", values, to=to, entry_id=entry_id)


def _shown(line: DigestLine) -> DigestLine:
    return replace(line, school_name=one_line(line.school_name))
