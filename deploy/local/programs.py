"""Server programs out of wheels: found without an import, run so that none is left over."""

import contextlib
import ctypes
import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from deploy.local.interruption import raise_if_told

_SET_PARENT_DEATH_SIGNAL = 1
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.03
_UNPRIVILEGED = "nobody"
# Below every system's range of ports for outgoing connections, which come and go by themselves.
_FIRST_PORT, _PORTS = 10_000, 20_000
_handed_out: set[int] = set()


class NotReadyError(RuntimeError):
    """A program did not become ready; the message has the end of its log."""


def package_folder(package: str) -> Path:
    """Where a wheel is installed; its import would have side effects.

    Raises:
        RuntimeError: it is not installed.

    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        msg = f"{package} is not installed; run `make install`"
        raise RuntimeError(msg)
    return Path(spec.origin).parent


def free_port() -> int:
    """A TCP port of this machine that nothing listens on now; never the same one twice."""
    while True:
        # At random, so that environments that start at the same moment do not meet.
        port = _FIRST_PORT + secrets.randbelow(_PORTS)
        if port in _handed_out:
            continue
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            _handed_out.add(port)
            return port


def inherited() -> dict[str, str]:
    """What a child may see of this process's environment; the rest may be secret or misleading."""
    kept = {"PATH", "HOME", "LANG", "TMPDIR"}
    found = os.environ.items()
    return {name: value for name, value in found if name in kept or name.startswith("PYTHON")}


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    unprivileged: bool = False,
    orphan_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Run a program until `stop`, or until this thread ends; its output goes to `log`.

    On Linux the child gets `orphan_signal` when the thread that started it ends, so start from
    a thread that stays (the main one). It has a session of its own: Ctrl-C reaches only us.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=inherited() if environment is None else dict(environment),
            cwd=folder,
            start_new_session=True,
            **bound_to_us(orphan_signal),
            **account(unprivileged=unprivileged),
        )


def bound_to_us(orphan_signal: signal.Signals) -> dict[str, Any]:
    """Popen's arguments by which a child ends with its parent, however that ends (prctl(2))."""
    if sys.platform != "linux":
        return {}
    return {"preexec_fn": _request_signal(orphan_signal, ctypes.CDLL(None))}


def _request_signal(orphan_signal: signal.Signals, libc: ctypes.CDLL) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        # Popen runs this after its change of account, which would undo it.
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, orphan_signal)
        if os.getppid() != parent:  # it ended before we asked
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def account(*, unprivileged: bool) -> dict[str, Any]:
    """Popen's arguments to drop root's rights, for programs that refuse to run as root."""
    if not unprivileged or os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(_UNPRIVILEGED)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def hand_over(path: Path) -> None:
    """Give a file or folder to the account that unprivileged programs run as."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(_UNPRIVILEGED)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def wait_until(
    ready: Callable[[], bool],
    process: subprocess.Popen[bytes],
    *,
    name: str,
    log: Path,
    seconds: float,
) -> None:
    """Wait for a program to be ready.

    Raises:
        NotReadyError: it ended or took too long; the message has the end of its log.
        KeyboardInterrupt: we were told to stop meanwhile.

    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        raise_if_told()
        if ready():
            return
        time.sleep(_POLL_SECONDS)
    how = "was not ready in time" if process.poll() is None else f"ended ({process.returncode})"
    msg = f"{name} {how}:\n{tail(log)}"
    raise NotReadyError(msg)


def stop(process: subprocess.Popen[bytes], first: signal.Signals = signal.SIGTERM) -> None:
    """End a program: politely, and after ten seconds for certain."""
    if process.poll() is None:
        process.send_signal(first)
    reap(process, _STOP_SECONDS)


def reap(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for a program that was told to end; kill it when it does not."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(
    process: subprocess.Popen[bytes], first: signal.Signals = signal.SIGTERM
) -> Iterator[None]:
    """Stop a program at the end of the block."""
    try:
        yield
    finally:
        stop(process, first)


def tail(log: Path, lines: int = 30) -> str:
    """The last lines of a log, for an error message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
