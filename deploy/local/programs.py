"""Server programs out of wheels: found without an import, run so that none is left over."""

import contextlib
import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_SET_PARENT_DEATH_SIGNAL = 1
_STOP_SECONDS = 10.0
_UNPRIVILEGED = "nobody"


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
    """A TCP port of this machine that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _die_with_parent(first_signal: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        # Linux: the child gets this signal when its parent ends, however it ends (prctl(2)).
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, first_signal)

    return prepare


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    unprivileged: bool = False,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Run a program until `stop`, or until this process ends; its output goes to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if environment is None else dict(environment),
            cwd=log.parent if unprivileged else None,
            # prctl is a bare system call: safe between fork and exec, threads or not.
            preexec_fn=_die_with_parent(stop_signal) if sys.platform == "linux" else None,  # noqa: PLW1509
            **account(unprivileged=unprivileged),
        )


def account(*, unprivileged: bool) -> dict[str, Any]:
    """Popen's arguments to drop root's rights, for programs that refuse to run as root."""
    if not unprivileged or os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(_UNPRIVILEGED)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def hand_over(path: Path) -> None:
    """Give a folder to the account that unprivileged programs run as."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(_UNPRIVILEGED)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def stop(process: subprocess.Popen[bytes], first: signal.Signals = signal.SIGTERM) -> None:
    """End a program: politely, and after ten seconds for certain."""
    if process.poll() is not None:
        return
    process.send_signal(first)
    try:
        process.wait(_STOP_SECONDS)
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


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, for an error message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
