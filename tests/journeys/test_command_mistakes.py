"""What `koppeling` answers when something is wrong: a sentence, never a traceback."""

import pytest

from tests.journeys.conftest import Command


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("activate", "X", "9Z", "a@b.example"), 1, "BRIN"),
        (("activate", "X", "12AB", "geen adres"), 1, "contact_email"),
        (("activate", "X", "12AB"), 2, "--file"),
        (("activate", "X", "--file", "pyproject.toml"), 2, "--file"),
        (("import", "00AA"), 1, "no koppeling"),
        (("import", "niets"), 1, "BRIN"),
        (("import", "92AB", "--archive"), 2, "--apply"),
        (("status", "--state", "weg"), 2, "paused"),
        (("import", "92AB", "--csv", "bestaat-niet.csv"), 2, "does not exist"),
        (("keys", "revoke", "0190a5b0-0000-7000-8000-000000000001"), 1, "no valid key"),
        (("keys", "create", "x", "--scope", "alles"), 2, "alles"),
        (("keys", "create", "x", "--scope", "ops", "--product", "geen"), 1, "product"),
        (("pause", "niets"), 1, "BRIN"),
        (("history", "00AA"), 1, "no koppeling"),
        (("verify", "0190a5b0-0000-7000-8000-000000000001"), 1, "not_found"),
        (("end", "92AF"), 2, "--reason"),
        (("keys", "rotate-secrets"), 1, "CONNECTOR_ENCRYPTION_KEYS"),
        (("dead-letters", "retry", "0190a5b0-0000-7000-8000-000000000001"), 1, "not_found"),
        (("licenses", "show", "00AA"), 1, "no koppeling"),
        (
            ("licenses", "show", "0190a5b0-0000-7000-8000-000000000001", "--schooljaar", "2026"),
            1,
            "2026-2027",
        ),
        (("migrate", "9999"), 1, "9999"),
        (("onbekend",), 2, "No such command"),
    ],
)
def test_a_mistake_gets_a_sentence_and_no_traceback(
    koppeling_here: Command, words: tuple[str, ...], code: int, says: str
) -> None:
    done = koppeling_here(*words)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("status",), ("import", "92AB"), ("keys", "list")])
def test_a_missing_setting_is_named(koppeling_here: Command, words: tuple[str, ...]) -> None:
    nothing = {"DATABASE_URL": "", "KOPPELING_API_KEY": ""}
    done = koppeling_here(*words, **nothing)
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr or "KOPPELING_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_away_is_said_so(koppeling_here: Command) -> None:
    for words in (("keys", "list"), ("migrate",)):
        done = koppeling_here(*words, DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing")
        assert done.returncode == 1
        assert "cannot be reached" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_service_that_is_away_is_said_so(koppeling_here: Command) -> None:
    done = koppeling_here("status", KOPPELING_CONNECTOR_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "no answer from the connector" in done.stderr
