"""Identifiers drawn from a seeded generator; none of them can belong to a real person."""

import unicodedata
import uuid
from random import Random

BSN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
ELEVEN = 11


def new_uuid(rng: Random) -> str:
    """Draw a version 4 UUID."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def derived_uuid(owner: str, purpose: str) -> str:
    """Give the UUID of something that hangs on one owner, the same at every call."""
    return str(uuid.uuid5(uuid.UUID(owner), purpose))


def eckid(rng: Random) -> str:
    """Draw an ECK iD of the shape that the chain uses in pilots."""
    return f"https://ketenid.nl/pilot/{rng.getrandbits(512):0128x}"


def passes_elfproef(bsn: str) -> bool:
    """Tell whether nine digits could be a real BSN."""
    total = sum(weight * int(digit) for weight, digit in zip(BSN_WEIGHTS, bsn, strict=True))
    return total % ELEVEN == 0


def impossible_bsn(rng: Random) -> str:
    """Draw nine digits that fail the elfproef, so that they are nobody's BSN."""
    bsn = f"{rng.randrange(10**8, 10**9)}"
    if passes_elfproef(bsn):
        return bsn[:-1] + str((int(bsn[-1]) + 1) % 10)
    return bsn


def plain(text: str) -> str:
    """Reduce a name to lower-case ASCII letters and digits."""
    spread = unicodedata.normalize(
        "NFKD", text.replace("\N{LATIN SMALL LETTER DOTLESS I}", "i").replace("ø", "o")
    )
    return "".join(c for c in spread.lower() if c.isascii() and c.isalnum())
