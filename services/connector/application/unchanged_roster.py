"""Say that a roster is still the same from Somtoday's pages alone, without translating them.

Right because a roster is a function of its pages, of the `ground` below, and of the day only where
a plaatsing begins or ends. Whatever is not proven to be the same is read and translated.
"""

import hashlib
import json
from collections.abc import Collection
from functools import cache
from pathlib import Path
from uuid import UUID

import pydantic

from services.connector.somtoday.client import PAGE_STEP, SomtodayClient
from services.connector.somtoday.errors import SomtodayError
from services.connector.somtoday.fetch import Wish
from services.connector.somtoday.fingerprint import fingerprint, keyed
from services.connector.somtoday.roster_memory import Remembered, RosterMemory
from shared.clock import Schooljaar, now

_ROOT = Path(__file__).parents[3]


async def unchanged_roster(
    client: SomtodayClient,
    memory: RosterMemory,
    koppeling_id: UUID,
    wish: Wish,
    known: Collection[str],
) -> Remembered | None:
    """What is remembered, when its content is known and Somtoday answers as it did then."""
    before = await memory.recall(koppeling_id)
    if before is None or before.content not in known or not before.holds(ground(wish), wish.day):
        return None
    try:
        # The last page of a list was a short one, and an equal one is as short.
        for (vestiging, kind), digests in before.pages:
            for number, digest in enumerate(digests):
                offset = number * PAGE_STEP
                content = await client.page_content(wish.access, vestiging, kind, offset)
                if keyed(fingerprint(content), memory.key) != digest:
                    return None
    except SomtodayError:
        # Whoever reads it as if it were new meets it again, and says what it means.
        return None
    return before


async def remember_roster(
    memory: RosterMemory, koppeling_id: UUID, wish: Wish, content: str
) -> None:
    """Remember a roster that was read to its end."""
    seen = wish.seen
    if seen.moved:
        return
    # Most changes are of pupils, so whoever compares learns of them first.
    pages = sorted(seen.pages.items(), key=lambda page: page[0][1].in_roster != "pupil")
    appeared = sorted(wish.appeared.seen)
    roster = Remembered(ground(wish), wish.day, seen.until, pages, appeared, content)
    await memory.remember(koppeling_id, roster)


def ground(wish: Wish) -> str:
    """The digest of all that a roster follows from besides Somtoday's pages and the day."""
    inside = wish.doelgroep
    limits = (inside.vestigingen, inside.onderwijssoorten, inside.leerjaren, inside.vakken)
    facts = [
        _code(),
        str(Schooljaar.of(now())),
        [wish.access.product, wish.access.client_id, str(wish.access.organisation_id)],
        [[site.uuid, site.name, site.codes] for site in wish.sites],
        sorted(wish.datavelden),
        [None if limit is None else sorted(limit) for limit in limits],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


@cache
def _code() -> str:
    """The digest of the code that translates: another release may make something else of a page."""
    digest = hashlib.sha256(pydantic.VERSION.encode())
    for folder in ("services/connector", "shared"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
