"""Programs of a wheel in a place where an unprivileged account can run them."""

import os
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from deploy.local.folders import temporary_place
from deploy.local.programs import account, inherited

_NOT_NEEDED = shutil.ignore_patterns("include", "*.a")


def readable_programs(installed: Path, probe: str) -> Path:
    """The folder itself, or a copy that other accounts can read, made once.

    A project below root's home is closed to the account that Postgres must run as; to open
    somebody's home is not ours to do. `probe` is a program in it to try.

    Raises:
        RuntimeError: the place of the copy is taken by another account.

    """
    if os.geteuid() != 0 or _runs_unprivileged(installed / probe):
        return installed
    copy = _place_of_copy(installed)
    if not copy.exists():
        _copy(installed, copy)
    _verify(copy)
    return copy


def _runs_unprivileged(program: Path) -> bool:
    with suppress(PermissionError):
        done = subprocess.run(
            [program, "--version"],
            env=inherited(),
            cwd="/",
            capture_output=True,
            check=False,
            **account(unprivileged=True),
        )
        return done.returncode == 0
    return False


def _place_of_copy(installed: Path) -> Path:
    # An upgrade of the wheel makes the folder anew, hence its time.
    identity = f"{installed} {installed.stat().st_mtime_ns} {os.geteuid()}"
    return temporary_place() / f"koppeling-programs-{sha256(identity.encode()).hexdigest()[:16]}"


def _copy(installed: Path, copy: Path) -> None:
    fresh = Path(tempfile.mkdtemp(prefix="koppeling-copy-", dir=copy.parent))
    try:
        shutil.copytree(installed, fresh, symlinks=True, ignore=_NOT_NEEDED, dirs_exist_ok=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(_readable(path.stat().st_mode))
        with suppress(OSError):  # another process was first: its copy is as good
            fresh.rename(copy)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _readable(mode: int) -> int:
    runs = bool(mode & stat.S_IXUSR)
    return 0o755 if runs else 0o644


def _verify(copy: Path) -> None:
    # The temporary folder is everybody's: never run what another account put there.
    found = copy.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if not ours or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        msg = f"{copy} is not ours; remove it"
        raise RuntimeError(msg)
