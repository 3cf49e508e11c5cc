"""Compose the mail that reminds a school of what it was asked when its koppeling ended."""

from dataclasses import asdict, dataclass
from datetime import date
from email.message import EmailMessage
from uuid import UUID

from services.connector.mail.own_templates import TEMPLATES
from shared.mail.templates import one_line


@dataclass(frozen=True)
class AskedFacts:
    """What the mail tells: numbers of people only, never who; `is_the_day` when it is due."""

    product: str
    school_name: str
    brin: str
    pupils: int
    employees: int
    answer_by: date
    is_the_day: bool


def compose_people_asked(facts: AskedFacts, *, to: str, entry_id: UUID) -> EmailMessage:
    """The mail, without the headers that depend on who sends it."""
    names = {"product": one_line(facts.product), "school_name": one_line(facts.school_name)}
    return TEMPLATES.rendered("people_asked", asdict(facts) | names, to=to, entry_id=entry_id)
