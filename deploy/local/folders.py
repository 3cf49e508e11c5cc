"""Temporary folders that never outlive their use, not even when their process was killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "koppeling-"
_LOCK = "lock"


@contextmanager
def private_folder(purpose: str, *, to_pass: bool = False) -> Iterator[Path]:
    """A new folder of this account, removed after the block.

    Folders of processes that were killed are removed too: their lock is free. With `to_pass`
    other accounts may walk through it to what they own inside, and list nothing.
    """
    place = temporary_place()
    _sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{purpose}-", dir=place))
    held = _lock(folder)
    try:
        if to_pass:
            folder.chmod(0o711)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def temporary_place() -> Path:
    """The system's temporary folder, or /tmp when root's own is closed to other accounts."""
    place = Path(tempfile.gettempdir())
    return place if os.geteuid() != 0 or _open_to_all(place) else Path("/tmp")  # noqa: S108


def _open_to_all(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def _lock(folder: Path) -> int:
    # Locked before it gets its name: nobody ever sees a free lock of a living process.
    nameless = folder / "new"
    held = os.open(nameless, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    nameless.rename(folder / _LOCK)
    return held


def _sweep(place: Path) -> None:
    for lock in place.glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError):  # another account's, in use, or just removed by somebody else
            if lock.parent.lstat().st_uid == os.geteuid():
                _remove_when_free(lock)


def _remove_when_free(lock: Path) -> None:
    held = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(lock.parent, ignore_errors=True)
    finally:
        os.close(held)
