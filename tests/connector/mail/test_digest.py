from datetime import date
from email.message import EmailMessage
from uuid import UUID

from services.connector.domain.koppeling import State
from services.connector.mail.digest import DigestLine, compose_digest

ENTRY = UUID("01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10")
DAY = date(2026, 11, 25)


def body(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def line(name: str, problem: str | None = None) -> DigestLine:
    return DigestLine(name, "99ZX", "numo", date(2026, 11, 3), problem)


def test_states_without_a_koppeling_are_left_out() -> None:
    lines = {State.DEGRADED: [line("Noord", "token_refused"), line("Zuid")], State.REVOKED: []}
    mail = compose_digest(lines, [], day=DAY, to="ops@kurve.example", entry_id=ENTRY)
    assert mail["Subject"] == "Koppelingen die aandacht vragen: 2 op 25 november 2026"
    text = body(mail, "plain")
    assert "- Noord (99ZX), numo, sinds 3 november 2026: token_refused\n- Zuid" in text
    assert "Ingetrokken" not in text + body(mail, "html")
    assert body(mail, "html").count("<li>") == 2


def test_a_long_list_is_cut_and_says_by_how_much() -> None:
    lines = {State.REVOKED: [line(f"School {number}") for number in range(57)]}
    mail = compose_digest(lines, [], day=DAY, to="ops@kurve.example", entry_id=ENTRY)
    for kind in ("plain", "html"):
        assert body(mail, kind).count("School ") == 50
        assert "en nog 7" in body(mail, kind)
        assert "door de school (57)" in body(mail, kind)


def test_a_schools_name_is_text_and_one_line() -> None:
    mail = compose_digest(
        {State.DEGRADED: [line("<b>A\nB")]}, [], day=DAY, to="ops@kurve.example", entry_id=ENTRY
    )
    assert "- <b>A B (99ZX)" in body(mail, "plain")
    assert "<li>&lt;b&gt;A B (99ZX)" in body(mail, "html")


def test_what_works_otherwise_than_was_stated_comes_last() -> None:
    mail = compose_digest(
        {State.DEGRADED: [line("Noord")]},
        [line("Zuid", "vestiging_vanished")],
        day=DAY,
        to="ops@kurve.example",
        entry_id=ENTRY,
    )
    assert mail["Subject"].startswith("Koppelingen die aandacht vragen: 2")
    text = body(mail, "plain")
    assert text.index("Noord") < text.index("anders dan afgesproken (1)") < text.index("Zuid")
    assert "vestiging_vanished" in text
