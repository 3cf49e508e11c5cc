"""A roster for a reader who has one already: nothing at all when it is still the same."""

import tempfile
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import IO

from services.connector.application.stream_roster import RosterDocument

_IN_MEMORY_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True)
class Changed:
    """A roster that differs from what the reader has; `content` is None when it broke off."""

    lines: AsyncIterator[bytes]
    content: str | None


async def roster_if_changed(document: RosterDocument, known: Collection[str]) -> Changed | str:
    """The roster, or the digest of its records when that is one of those that are known.

    Where Somtoday's own answers do not prove it, it has to be read and translated to its end before
    anything can be said. A large one waits in a temporary
    file that has no name, which is gone as soon as it is closed, also by a crash.
    """
    same = await document.unchanged(known)
    if same is not None:
        return same
    kept = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - see _pieces
    try:
        async for lines in document.lines():
            kept.write(lines)
    except BaseException:
        kept.close()
        raise
    if document.content is not None and document.content in known:
        kept.close()
        return document.content
    return Changed(_pieces(kept), document.content)


async def _pieces(kept: IO[bytes]) -> AsyncIterator[bytes]:
    with kept:
        kept.seek(0)
        while piece := kept.read(_PIECE_BYTES):
            yield piece
