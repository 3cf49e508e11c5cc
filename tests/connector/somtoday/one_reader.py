"""A process that reads vestigingen until its standard input closes, and says how often it did."""

import asyncio
import sys
from uuid import UUID

from pydantic import SecretStr

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.access import Access
from services.connector.somtoday.open import open_somtoday
from shared.crypto import SecretBox
from tests.connector.kurve import SECRET


async def main(organisation: str) -> None:
    settings = ConnectorSettings()
    access = Access("numo", "numo", SecretStr(SECRET), UUID(organisation))
    stop = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    reads = 0
    async with open_somtoday(settings, SecretBox(settings.encryption_keys)) as client:
        while not stop.done():
            assert len(await client.vestigingen(access)) == 1
            reads += 1
            await asyncio.wait([stop], timeout=0.01)
    sys.stdout.write(str(reads))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
