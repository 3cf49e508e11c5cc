import os
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from deploy.local import postgres
from deploy.local.postgres import embedded_postgres
from deploy.local.programs import NotReadyError


def _setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_it_reads_utf8_keeps_utc_and_listens_on_this_machine_only(admin: str) -> None:
    assert _setting(admin, "server_encoding") == "UTF8"
    assert _setting(admin, "timezone") == "UTC"
    assert _setting(admin, "listen_addresses") == "127.0.0.1"
    assert _setting(admin, "unix_socket_directories") == ""
    assert int(_setting(admin, "max_connections")) == 200
    with psycopg.connect(admin) as connection:
        row = connection.execute("SELECT lower('CAFÉ Ĳ'), 'Z' < 'a', uuidv7()").fetchone()
    assert row is not None
    assert row[:2] == ("café ĳ", True)


def test_only_the_right_password_opens_it(admin: str) -> None:
    wrong = admin.replace(urlsplit(admin).password or "", "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_two_run_at_once_and_none_is_left(admin: str) -> None:
    with embedded_postgres(durable=True) as other:
        assert urlsplit(other).port != urlsplit(admin).port
        assert _setting(other, "fsync") == "on"
        assert _setting(other, "synchronous_commit") == "on"
        assert _setting(admin, "fsync") == "off"
        folder = _setting(other, "data_directory")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(other, connect_timeout=2)
    assert not os.path.exists(os.path.dirname(folder))  # noqa: PTH110, PTH120


def test_it_never_runs_as_root(admin: str) -> None:
    port = str(urlsplit(admin).port)
    ours = psutil.Process().children()
    server = next(child for child in ours if f"port={port}" in child.cmdline())
    assert server.uids().effective != 0
    assert urlsplit(admin).password not in " ".join(server.cmdline())


def test_a_failed_start_shows_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres._UNSAFE, "fsync", "perhaps")
    with pytest.raises(NotReadyError, match=r'(?s)ended .*parameter "fsync" requires'):
        embedded_postgres().__enter__()
