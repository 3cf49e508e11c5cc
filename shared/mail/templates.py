"""Render a Dutch template into a mail: plain text and simple HTML."""

from collections.abc import Mapping
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_LAYOUT_FOLDER = Path(__file__).parent / "templates"
_MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus"),
    *("september", "oktober", "november", "december"),
)


def dutch_date(day: date) -> str:
    """A day as a Dutch reader writes it, e.g. 1 augustus 2026; the locale is not asked."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def one_line(name: str) -> str:
    """A name without line breaks: whatever a school is called, the subject is one line."""
    return " ".join(name.split())


class MailTemplates:
    """The templates in a folder: of each mail `<name>.txt` and `<name>.html`.

    An HTML template may extend `layout.html`, which all mails share.
    """

    def __init__(self, folder: Path, heading: str) -> None:
        """Take the folder and what its mails are about; a template is read with its first use."""
        self._heading = heading
        self._found = Environment(
            loader=FileSystemLoader([folder, _LAYOUT_FOLDER]),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._found.filters["dutch_date"] = dutch_date

    def rendered(
        self, template: str, values: Mapping[str, Any], *, to: str, entry_id: UUID
    ) -> EmailMessage:
        """The mail of a template, without the headers that depend on who sends it.

        The first line of the text template is the subject. The Message-ID's left part is the
        outbox entry's id: a mail that is sent twice can be known as one (RFC 5322, 3.6.4).
        """
        text = self._found.get_template(f"{template}.txt").render(values)
        subject, _, body = text.partition("\n")
        mail = EmailMessage()
        mail["Subject"] = subject
        mail["To"] = to
        mail["Message-ID"] = f"<{entry_id}@localhost>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(body.strip() + "\n")
        page = self._found.get_template(f"{template}.html")
        html = page.render(values, subject=mail["Subject"], heading=self._heading)
        mail.add_alternative(html, subtype="html")
        # Last: what begins with Content- moves into the first part when a second one is added.
        mail["Content-Language"] = "nl"
        return mail
