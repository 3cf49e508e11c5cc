"""Where a machine's processor time goes while something runs: seconds of each party (Linux)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from redis import Redis

from deploy.local.environment import Environment

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    # The name of the program, in brackets, may hold spaces.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _seconds(pid: int) -> float:
    """Processor seconds of a process and of its children that ended (proc(5), fields 14-17)."""
    return sum(map(int, _stat(pid)[11:15])) / _TICKS


def _of_children(parent: int) -> Iterator[float]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            # One that ends meanwhile is counted with its parent from then on.
            with suppress(FileNotFoundError, ProcessLookupError):
                pid = int(folder.name)
                if int(_stat(pid)[1]) == parent:
                    yield _seconds(pid)


def _of_postgres(environment: Environment) -> float:
    with psycopg.connect(environment.databases.owner) as owner:
        (pid,) = owner.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        postmaster = int(_stat(pid)[1])
        return _seconds(postmaster) + sum(_of_children(postmaster))


def _of_redis(environment: Environment) -> float:
    with Redis.from_url(environment.redis_url) as redis:
        used = redis.info("cpu")
    return float(used["used_cpu_sys"] + used["used_cpu_user"])


def _now(environment: Environment) -> dict[str, float]:
    processes = environment.processes
    used = {name: _seconds(processes.pid(name)) for name in processes.names()}
    return {
        **used,
        "postgres": _of_postgres(environment),
        "redis": _of_redis(environment),
        "this benchmark": _seconds(os.getpid()),
    }


@contextmanager
def counted(environment: Environment) -> Iterator[dict[str, float]]:
    """Fill the yielded dict, when the block ends, with the seconds that each party used in it."""
    used: dict[str, float] = {}
    before = _now(environment)
    yield used
    used.update({name: seconds - before[name] for name, seconds in _now(environment).items()})
