import pytest

from services.sandbox.app import create_app
from services.sandbox.settings import SettingsError


@pytest.mark.parametrize("missing", ["SANDBOX_CLIENT_ID", "SANDBOX_CLIENT_SECRET"])
def test_refuses_to_start_and_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setenv("SANDBOX_CLIENT_ID", "one")
    monkeypatch.setenv("SANDBOX_CLIENT_SECRET", "two")
    monkeypatch.delenv(missing)
    with pytest.raises(SettingsError, match=missing):
        create_app()


def test_an_empty_secret_is_a_missing_one_and_no_value_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SANDBOX_CLIENT_ID", "one")
    monkeypatch.setenv("SANDBOX_CLIENT_SECRET", "")
    monkeypatch.setenv("SANDBOX_SEED", "not-a-number")
    with pytest.raises(SettingsError) as caught:
        create_app()
    assert str(caught.value) == "Missing or wrong setting: SANDBOX_CLIENT_SECRET, SANDBOX_SEED"


def test_starts_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_CLIENT_ID", "one")
    monkeypatch.setenv("SANDBOX_CLIENT_SECRET", "two")
    assert create_app().state.sandbox.settings.client_id == "one"
