from email import message_from_bytes, policy
from uuid import UUID

import pytest

from services.licensing.domain.pool import Pool
from services.licensing.mail.pool_mail import PoolFacts, compose_for_ops, compose_for_school

ENTRY = UUID("01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10")
SCHOOL = UUID(int=1)


def made(used: int, overdraft: int = 0, name: str | None = "Waterkant & Co") -> list[str]:
    """Subject, text and HTML of the school's mail after its way over the wire."""
    pool = Pool(ENTRY, SCHOOL, "rekenen", "2026-2027", 100, used, overdraft)
    facts = PoolFacts(pool, "Numo rekenen", name)
    sent = compose_for_school(facts, to="beheer@waterkant.example", entry_id=ENTRY).as_bytes()
    mail = message_from_bytes(sent, policy=policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "None" not in text.get_content()
    assert "Waterkant & Co" in text.get_content()
    assert "Waterkant &amp; Co" in html.get_content()
    return [mail["Subject"], text.get_content(), html.get_content()]


@pytest.mark.parametrize(
    ("used", "overdraft", "subject", "said"),
    [
        (80, 0, "Nog 20 licenties over voor", "niet eerder begon, niet beginnen"),
        (99, 0, "Nog 1 licentie over voor", "er is er nog"),
        (100, 0, "Alle licenties zijn in gebruik voor", "nu niet beginnen"),
        (100, 9, "Alle licenties zijn in gebruik voor", "nog 9 leerlingen beginnen"),
        (104, 9, "Meer licenties in gebruik dan besteld voor", "nog 5 leerlingen beginnen"),
        (109, 9, "Meer licenties in gebruik dan besteld voor", "nu niet beginnen"),
    ],
)
def test_a_school_reads_what_is_left_and_what_happens_then(
    used: int, overdraft: int, subject: str, said: str
) -> None:
    found, text, html = made(used, overdraft)
    assert found == f"{subject} Numo rekenen (2026-2027)"
    assert said in text
    assert said in html.replace("<strong>", "").replace("</strong>", "")


def test_ops_read_whether_the_school_was_told() -> None:
    pool = Pool(ENTRY, SCHOOL, "rekenen", "2026-2027", 100, 95)
    for name, is_mailed, said in (
        ("Waterkant", True, "is hierover gemaild"),
        (None, False, "NIET"),
    ):
        mail = compose_for_ops(
            PoolFacts(pool, "Numo rekenen", name),
            school_is_mailed=is_mailed,
            to="ops@kurve.example",
            entry_id=ENTRY,
        )
        text = mail.get_body(("plain",))
        assert text is not None
        assert said in text.get_content()
        assert str(SCHOOL) in text.get_content()
