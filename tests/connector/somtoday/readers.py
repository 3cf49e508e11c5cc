"""Processes that read one school as the connector's do, until their standard input closes.

A `replica` reads whole rosters, as the API does; a `worker` looks what is open, as a verification
does. Each says in the end what it was and how often it did so. They are forked, so that what they
need is imported once.
"""

import asyncio
import os
import sys
import traceback
from uuid import UUID

from pydantic import SecretStr

from services.connector.domain.datavelden import Dataveld
from services.connector.settings import ConnectorSettings
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.fetch import Wish, roster_records
from services.connector.somtoday.observe import observe, open_sites
from services.connector.somtoday.open import open_somtoday
from shared.clock import today
from shared.crypto import SecretBox


async def replica(client: SomtodayClient, access: Access) -> int:
    wish = Wish(access, await open_sites(client, access), frozenset(Dataveld), today())
    return sum([len(batch) async for batch in roster_records(client, wish)])


async def worker(client: SomtodayClient, access: Access) -> int:
    return len((await observe(client, access)).vestigingen)


ROLES = {"replica": replica, "worker": worker}


async def run(role: str, access: Access) -> None:
    settings = ConnectorSettings()
    stop = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    reads = 0
    async with open_somtoday(settings, SecretBox(settings.encryption_keys)) as client:
        while not stop.done():
            assert await ROLES[role](client, access) > 0
            reads += 1
            await asyncio.wait([stop], timeout=0.01)
    os.write(1, f"{role} {reads}\n".encode())


def main(organisation: str, secret: str, *roles: str) -> int:
    access = Access("numo", "numo", SecretStr(secret), UUID(organisation))
    children = []
    for role in roles:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                asyncio.run(run(role, access))
                code = 0
            except BaseException:  # noqa: BLE001 - a child must never go on as its parent
                traceback.print_exc()
            os._exit(code)
        children.append(child)
    return max(os.waitpid(child, 0)[1] for child in children)


if __name__ == "__main__":
    sys.exit(min(1, main(*sys.argv[1:])))
