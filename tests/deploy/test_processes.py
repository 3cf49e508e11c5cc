import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.local.processes import Processes
from deploy.local.programs import NotReadyError, free_port

ROOT = Path(__file__).parents[2]
_HOLD_EVERYTHING = """
import os, psutil, time
from deploy.local.processes import Processes
from deploy.local.programs import free_port
from deploy.local.servers import servers
port = str(free_port())
with servers() as found, Processes() as processes:
    processes.start("web", "http.server", port, "--bind", "127.0.0.1", environment={})
    processes.wait_until_ready("web", f"http://127.0.0.1:{port}/")
    print(*[child.pid for child in psutil.Process().children(recursive=True)], flush=True)
    time.sleep(60)
"""
# The second round runs as nobody, with whatever the first one had to load from a closed folder.
_TWO_ACCOUNTS = """
import os, pwd, psycopg, psutil
from deploy.local.database import scratch_database
from deploy.local.servers import servers
def play():
    with servers() as found, scratch_database(found.postgres_admin, name_prefix="x") as urls:
        with psycopg.connect(urls.importer) as connection:
            connection.execute("SELECT 1")
        return {child.uids().effective for child in psutil.Process().children()}
play()
if os.geteuid() == 0:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([]); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid)
    os.environ["HOME"] = "/nonexistent"
    os.chdir("/")
assert play() == {os.geteuid()}
print("played as", os.geteuid())
"""


@pytest.fixture
def web() -> Iterator[tuple[Processes, str]]:
    with Processes() as processes:
        port = free_port()
        module = ("http.server", str(port), "--bind", "127.0.0.1")
        processes.start("web", *module, environment={"GREETING": "hello"})
        url = f"http://127.0.0.1:{port}/pyproject.toml"
        processes.wait_until_ready("web", url)
        yield processes, url


def test_a_killed_process_is_gone_until_it_is_restarted(web: tuple[Processes, str]) -> None:
    processes, url = web
    first = processes.pid("web")
    processes.kill("web")
    assert not processes.is_running("web")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
    processes.restart("web")
    assert processes.is_running("web")
    assert processes.pid("web") != first
    assert httpx.get(url, trust_env=False).is_success
    assert psutil.Process(processes.pid("web")).environ()["GREETING"] == "hello"
    assert "pyproject.toml" in processes.log_of("web")


def test_all_stop_with_the_block() -> None:
    with Processes() as processes:
        for name in ("first", "second"):
            arguments = ("http.server", str(free_port()), "--bind", "127.0.0.1")
            processes.start(name, *arguments, environment={})
        pids = [processes.pid(name) for name in processes.names()]
        processes.kill("first")
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_a_process_that_cannot_start_shows_its_log() -> None:
    with Processes() as processes:
        processes.start("wrong", "deploy.local.no_such_module", environment={})
        with pytest.raises(NotReadyError, match=r"(?s)wrong ended \(1\).*No module named"):
            processes.wait_until_ready("wrong", f"http://127.0.0.1:{free_port()}/")


def test_a_parent_that_is_killed_leaves_nothing_running() -> None:
    command = [sys.executable, "-c", _HOLD_EVERYTHING]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        names = {child.name() for child in children}
        parent.kill()
    assert {"postgres", "redis-server"} <= names
    assert not [child.pid for child in _alive_after(children, 10.0)]


def _alive_after(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    # Not our children any more: whoever inherited them may not have buried them yet.
    _, alive = psutil.wait_procs([item for item in processes if _runs(item)], timeout=seconds)
    return [process for process in alive if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_an_ordinary_user_can_do_it_after_root_did() -> None:
    command = [sys.executable, "-W", "error", "-c", _TWO_ACCOUNTS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("played as")
    assert done.stdout.strip() != "played as 0"
