"""Bring a school's file to an import: at once, or one that waited for its columns."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.run import Run
from services.importer.sources.layout import Layout
from services.importer.sources.school_file import SchoolFile, open_file
from services.importer.sources.unreadable import UnreadableFileError, UntrustedFileError
from services.importer.store.uploads import add_file, find_upload, move_to_run
from shared.clock import today
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.telemetry import get_logger

_PIECE_BYTES = 256 * 1024


class BroughtFile(Protocol):
    """A file for an import; `fingerprint` is the same for the same file only."""

    fingerprint: str

    async def give(self, connection: AsyncConnection, run: Run) -> None:
        """Make it the file of a run; a Refusal when it is no good after all."""


class SentFile:
    """A file that comes with the request, read as its titles say."""

    def __init__(self, opened: SchoolFile, fingerprint: str) -> None:
        """Use `received`."""
        self.opened = opened
        self.fingerprint = fingerprint

    @classmethod
    async def received(cls, file: BinaryIO) -> Self:
        """Look at a file at the door.

        Raises:
            Refusal: file_not_readable, file_not_trusted.

        """
        with refused_files():
            return cls(*await asyncio.to_thread(_looked_at, file))

    async def give(self, connection: AsyncConnection, run: Run) -> None:
        """Store layout and rows; of the rows only the columns that are imported.

        Raises:
            Refusal: file_not_readable, file_not_trusted.

        """
        layout = self.opened.layout
        with refused_files():
            layout.check_complete()
            kept = frozenset(layout.columns.values())
            written = layout.model_dump_json().encode()
            pieces = in_thread(self.opened.pieces(kept))
            await add_file(connection, run.id, run.school_id, written, pieces)
        tell_dropped(layout)


class WaitingFile:
    """A file that was uploaded before."""

    def __init__(self, upload_id: UUID) -> None:
        """Take its id."""
        self._upload_id = upload_id
        self.fingerprint = str(upload_id)

    async def give(self, connection: AsyncConnection, run: Run) -> None:
        """Move it to the run.

        Raises:
            Refusal: not_found, file_not_readable (columns are missing from its mapping).

        """
        found = await find_upload(connection, self._upload_id, lock=True)
        if found is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        with refused_files():
            Layout.model_validate_json(found.layout).check_complete()
        await move_to_run(connection, self._upload_id, run.id)


@contextmanager
def refused_files() -> Iterator[None]:
    """Answer with a Refusal where a file is no good."""
    try:
        yield
    except UnreadableFileError as error:
        raise Refusal(file_error(error), detail=str(error)) from None


def file_error(error: UnreadableFileError) -> ErrorCode:
    """The code that goes with what is wrong with a file."""
    is_untrusted = isinstance(error, UntrustedFileError)
    return ErrorCode.FILE_NOT_TRUSTED if is_untrusted else ErrorCode.FILE_NOT_READABLE


async def in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces that take long to make, without holding the event loop up."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


def tell_dropped(layout: Layout) -> None:
    """Log which kinds of columns were refused, and nothing else of them."""
    if layout.refused:
        get_logger().info("columns_dropped", kinds=sorted(set(layout.refused.values())))


def _looked_at(file: BinaryIO) -> tuple[SchoolFile, str]:
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
    return open_file(file, today()), digest.hexdigest()
