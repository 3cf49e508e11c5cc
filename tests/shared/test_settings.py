import pytest
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings, load_settings


class DemoSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DEMO_")


def test_a_service_without_settings_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_REDIS_URL", "redis://localhost")
    with pytest.raises(SystemExit) as stopped:
        load_settings(DemoSettings)
    assert "DEMO_DATABASE_URL" in str(stopped.value)
    assert "DEMO_OIDC_ISSUER" in str(stopped.value)
    assert "DEMO_REDIS_URL" not in str(stopped.value)


def test_a_wrong_value_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_DATABASE_URL", "mysql://user:very-secret@host/db")
    with pytest.raises(SystemExit) as stopped:
        load_settings(DemoSettings)
    assert "DEMO_DATABASE_URL" in str(stopped.value)
    assert "very-secret" not in str(stopped.value)
