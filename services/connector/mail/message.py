"""Compose a Dutch mail to a school, made when it is sent."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from email.message import EmailMessage
from uuid import UUID

from services.connector.domain.mails import MailKind
from services.connector.mail.own_templates import TEMPLATES
from shared.mail.templates import one_line

# The rest have a template of their own name.
_TEMPLATE_OF = {MailKind.EXPIRING_30: "expiring", MailKind.EXPIRING_7: "expiring"}


@dataclass(frozen=True)
class Facts:
    """What a mail tells; `vestigingen` are names with their codes, `end_on` is the last day.

    `lost` are the names of vestigingen that are not open any more.
    """

    product: str
    school_name: str
    brin: str
    vestigingen: Sequence[tuple[str, str]]
    problem: str | None
    end_on: date | None = None
    lost: Sequence[str] = ()


def compose(kind: MailKind, facts: Facts, *, to: str, entry_id: UUID) -> EmailMessage:
    """The mail of a kind, without the headers that depend on who sends it."""
    names = {"product": one_line(facts.product), "school_name": one_line(facts.school_name)}
    values = asdict(facts) | names
    return TEMPLATES.rendered(_TEMPLATE_OF.get(kind, kind.value), values, to=to, entry_id=entry_id)
