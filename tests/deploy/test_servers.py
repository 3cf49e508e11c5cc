from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import redis

from deploy.local.database import scratch_database
from deploy.local.programs import NotReadyError, free_port
from deploy.local.redis import embedded_redis, forget, has_key
from deploy.local.servers import servers


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with embedded_redis() as url:
        yield url


def test_redis_answers_to_its_password_only(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
        assert client.config_get("save") == {"save": ""}
    with (
        redis.Redis.from_url(f"redis://127.0.0.1:{urlsplit(redis_url).port}/0") as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_an_environment_takes_its_own_keys_along(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.mset({"mine:queue": 1, "arq:job:mine:7": 1, "other:queue": 1})
    assert has_key(redis_url, "mine:queue")
    forget(redis_url, "mine:")
    assert not has_key(redis_url, "mine:queue")
    assert not has_key(redis_url, "arq:job:mine:7")
    assert has_key(redis_url, "other:queue")


def test_a_redis_that_is_gone_has_no_keys() -> None:
    with embedded_redis() as url:
        pass
    assert not has_key(url, "anything")
    forget(url, "anything")


def test_given_servers_are_used_instead(monkeypatch: pytest.MonkeyPatch, admin: str) -> None:
    with embedded_redis() as url:
        monkeypatch.setenv("DATABASE_URL", admin.replace("postgresql", "postgresql+psycopg", 1))
        monkeypatch.setenv("REDIS_URL", url)
        with servers() as found:
            assert (found.postgres_admin, found.redis) == (admin, url)


def test_a_given_server_that_is_away_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, admin: str
) -> None:
    away = f"127.0.0.1:{free_port()}"
    for postgres, cache, says in (
        (f"postgresql://x:secret@{away}/x", "redis://x", "DATABASE_URL"),
        ("garbage", "redis://x", "DATABASE_URL"),
        (admin, f"redis://{away}/0", "REDIS_URL"),
        (admin, "garbage", "REDIS_URL"),
    ):
        monkeypatch.setenv("DATABASE_URL", postgres)
        monkeypatch.setenv("REDIS_URL", cache)
        with pytest.raises(NotReadyError, match=says) as refused, servers():
            pass
        assert "secret" not in str(refused.value)


def test_a_given_user_must_be_allowed_to_make_databases(
    monkeypatch: pytest.MonkeyPatch, admin: str
) -> None:
    with scratch_database(admin, name_prefix="may") as made:
        monkeypatch.setenv("DATABASE_URL", made.importer)
        with pytest.raises(NotReadyError, match="may not create"), servers():
            pass
