"""Compose a Dutch mail: plain text and simple HTML, made when it is sent."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Facts:
    """What a mail tells; `vestigingen` are names with their codes."""

    product: str
    school_name: str
    brin: str
    vestigingen: Sequence[tuple[str, str]]
    problem: str | None


def compose(template: str, facts: Facts, *, to: str, entry_id: UUID) -> EmailMessage:
    """The mail of a template, without the headers that depend on who sends it.

    The first line of the text template is the subject. The Message-ID's left part is the outbox
    entry's id: a mail that is sent twice can be known as one (RFC 5322, 3.6.4).
    """
    names = {"product": _one_line(facts.product), "school_name": _one_line(facts.school_name)}
    values = asdict(facts) | names
    subject, _, body = _TEMPLATES.get_template(f"{template}.txt").render(values).partition("\n")
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["To"] = to
    mail["Message-ID"] = f"<{entry_id}@localhost>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body.strip() + "\n")
    html = _TEMPLATES.get_template(f"{template}.html").render(values, subject=mail["Subject"])
    mail.add_alternative(html, subtype="html")
    # Last: what begins with Content- moves into the first part when a second one is added.
    mail["Content-Language"] = "nl"
    return mail


def _one_line(name: str) -> str:
    # Whatever a school is called: the subject ends where the first line does.
    return " ".join(name.split())
