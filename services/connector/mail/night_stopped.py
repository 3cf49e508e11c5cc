"""Compose the mail that a scheduled import stopped: why, and what the school may do."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from email.message import EmailMessage
from uuid import UUID

from services.connector.mail.own_templates import TEMPLATES
from shared.mail.templates import one_line


@dataclass(frozen=True)
class StoppedFacts:
    """What the mail tells: sentences with numbers of people only, never who.

    `is_held` when a plan waits on the controlescherm; otherwise there is none.
    """

    product: str
    school_name: str
    brin: str
    night: date
    is_held: bool
    why: Sequence[str]


def compose_night_stopped(facts: StoppedFacts, *, to: str, entry_id: UUID) -> EmailMessage:
    """The mail, without the headers that depend on who sends it."""
    names = {"product": one_line(facts.product), "school_name": one_line(facts.school_name)}
    values = asdict(facts) | names | {"why": [one_line(sentence) for sentence in facts.why]}
    return TEMPLATES.rendered("night_stopped", values, to=to, entry_id=entry_id)
