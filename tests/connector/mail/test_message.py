import re
from datetime import date
from email import message_from_bytes, policy
from uuid import UUID

import pytest

from services.connector.domain.mails import MailKind
from services.connector.mail.message import Facts, compose

ENTRY = UUID("01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10")
TO = "beheer@waterkant.example"
SITES = [("Noord", "99ZX01"), ("Zuid", ""), ("Haven", "99ZX03, 99ZX04")]


def made(kind: str, **given: object) -> tuple[str, str, str]:
    """Subject, text and HTML of a mail after its way over the wire."""
    values: dict[str, object] = {
        "product": "Numo",
        "school_name": "Waterkant College",
        "brin": "99ZX",
        "vestigingen": SITES,
        "problem": None,
        "end_on": date(2026, 8, 1),
        "lost": ["Zuid"],
    }
    facts = Facts(**{**values, **given})  # type: ignore[arg-type]
    sent = compose(MailKind(kind), facts, to=TO, entry_id=ENTRY).as_bytes()
    mail = message_from_bytes(sent, policy=policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert mail["To"] == TO
    assert mail["Content-Language"] == "nl"
    assert str(ENTRY) in mail["Message-ID"]
    return mail["Subject"], text.get_content(), html.get_content()


def test_each_vestiging_is_listed_with_its_codes() -> None:
    _, text, html = made("active")
    assert "deze vestigingen:\n- Noord (99ZX01)\n- Zuid\n- Haven (99ZX03, 99ZX04)\n\n" in text
    assert re.findall("<li>(?:Noord|Zuid|Haven).*</li>", html) == [
        "<li>Noord (99ZX01)</li>",
        "<li>Zuid</li>",
        "<li>Haven (99ZX03, 99ZX04)</li>",
    ]


def test_without_known_vestigingen_no_list_is_begun() -> None:
    _, text, html = made("active", vestigingen=[])
    assert "geldt voor" not in text + html


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("not_opened", "klik op"),
        ("dataveld_not_permitted", "ontbreekt toestemming voor een verplicht dataveld"),
        ("organisation_unknown", "nog niet met zekerheid terugvinden"),
        ("organisation_ambiguous", "nog niet met zekerheid terugvinden"),
        ("organisation_name_differs", "nog niet met zekerheid terugvinden"),
    ],
)
def test_a_waiting_school_reads_what_it_waits_for_and_nothing_else(
    problem: str, words: str
) -> None:
    every = {"klik op", "verplicht dataveld", "met zekerheid"}
    subject, text, html = made("waiting", problem=problem)
    assert subject == "Nog één stap voor de koppeling van Numo met Somtoday voor Waterkant College"
    for body in (text, html):
        assert words in body
        assert sum(other in body for other in every) == 1


@pytest.mark.parametrize("kind", MailKind)
def test_a_schools_name_is_text_in_html_and_one_line_in_the_subject(kind: str) -> None:
    subject, text, html = made(kind, school_name="'t Hof <b>& Zn\r\nBcc: x@y.example")
    assert "\n" not in subject
    assert "Bcc: x@y.example" in subject
    assert "<b>&" not in html
    assert "&lt;b&gt;&amp; Zn" in html
    assert "'t Hof <b>& Zn" in text


@pytest.mark.parametrize("kind", MailKind)
def test_both_bodies_are_dutch_and_hold_no_leftover_of_a_template(kind: str) -> None:
    subject, text, html = made(kind, problem="not_opened")
    assert text.startswith("Beste applicatiebeheerder,\n\n")
    assert text.endswith("Met vriendelijke groet,\nKurve\n")
    assert '<html lang="nl">' in html
    assert not re.search(r"[{}]|None|\n\n\n", text + subject)
    assert not re.search(r"{{|{%|None", html)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("expiring_30", "De laatste dag is {}."),
        ("expiring_7", "De laatste dag is {}."),
        ("expired", "is afgelopen: de laatste dag was {}."),
    ],
)
def test_a_last_day_is_written_as_the_dutch_write_it(kind: str, words: str) -> None:
    _, text, html = made(kind)
    assert words.format("1 augustus 2026") in text
    assert words.format("1 augustus 2026") in re.sub("</?strong>", "", html)


@pytest.mark.parametrize(
    ("problem", "words"),
    [("dataveld_not_permitted", "Controleer in Somtoday"), ("source_unavailable", "Kurve zoekt")],
)
def test_a_failing_school_reads_whether_it_can_do_something(problem: str, words: str) -> None:
    _, text, html = made("failing", problem=problem)
    for body in (text, html):
        assert words in body
        assert sum(other in body for other in ("Controleer in Somtoday", "Kurve zoekt")) == 1


@pytest.mark.parametrize("kind", ["expiring_30", "expired", "revoked", "failing"])
def test_a_school_that_loses_access_reads_that_its_data_stay(kind: str) -> None:
    _, text, html = made(kind)
    assert "Wat al in Numo staat, blijft staan" in text.replace("wat al", "Wat al")
    assert "blijft staan" in html


def test_what_a_school_lost_is_listed_and_nobody_is_archived_by_it() -> None:
    subject, text, html = made("narrowed", lost=["Zuid", "Haven"])
    assert subject.startswith("Minder vestigingen")
    assert "Deze vestigingen zijn niet meer opengesteld:\n\n- Zuid\n- Haven\n" in text
    assert "Niemand is daardoor in Numo gearchiveerd" in text
    assert "<li>Zuid</li>" in html
    assert "Deze vestiging is niet meer" in made("narrowed", lost=["Zuid"])[1]
