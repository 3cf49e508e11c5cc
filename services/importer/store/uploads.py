"""Files that schools uploaded: their layout and their rows, in pieces."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.file_tables import import_upload, import_upload_piece
from services.importer.store.leases import start_sweeping
from services.importer.store.tables import import_file

LAYOUT = 0
_TO_RUN = text("""
    INSERT INTO import_file (run_id, school_id, position, content)
    SELECT :run_id, school_id, position, content FROM import_upload_piece
    WHERE upload_id = :upload_id
""")
_EXPIRED = text("DELETE FROM import_upload WHERE expires_at < now()")
_MANY = text("""
    SELECT id FROM import_upload WHERE school_id = :school_id ORDER BY id DESC OFFSET :kept
""")
_upload, _piece, _file = import_upload.c, import_upload_piece.c, import_file.c


@dataclass(frozen=True)
class Upload:
    """A file that waits; `layout` as JSON."""

    id: UUID
    revision: int
    expires_at: datetime
    layout: bytes


async def add_upload(
    connection: AsyncConnection, upload: Upload, school_id: UUID, uploaded_by: str
) -> None:
    """Keep a file's layout; its rows come after."""
    row = {
        "id": upload.id,
        "school_id": school_id,
        "uploaded_by": uploaded_by,
        "expires_at": upload.expires_at,
    }
    await connection.execute(insert(import_upload).values(row))
    await _add_piece(connection, upload.id, school_id, LAYOUT, upload.layout)


async def add_upload_rows(
    connection: AsyncConnection, upload_id: UUID, school_id: UUID, pieces: AsyncIterator[bytes]
) -> None:
    """Keep a file's rows, piece by piece as they come."""
    position = LAYOUT
    async for content in pieces:
        position += 1
        await _add_piece(connection, upload_id, school_id, position, content)


async def _add_piece(
    connection: AsyncConnection, upload_id: UUID, school_id: UUID, position: int, content: bytes
) -> None:
    row = {
        "upload_id": upload_id,
        "school_id": school_id,
        "position": position,
        "content": content,
    }
    await connection.execute(insert(import_upload_piece).values(row))


async def find_upload(
    connection: AsyncConnection, upload_id: UUID, *, lock: bool = False
) -> Upload | None:
    """A file that waits; None when it is not of the transaction's school, or no more."""
    statement = (
        select(_upload.id, _upload.revision, _upload.expires_at, _piece.content)
        .join(import_upload_piece, _piece.upload_id == _upload.id)
        .where(_upload.id == upload_id, _piece.position == LAYOUT)
        .where(_upload.expires_at > text("now()"))
    )
    if lock:
        statement = statement.with_for_update(of=import_upload)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Upload(row.id, row.revision, row.expires_at, bytes(row.content))


async def set_layout(connection: AsyncConnection, upload_id: UUID, layout: bytes) -> None:
    """Put another layout in the place of a file's own."""
    where = (_piece.upload_id == upload_id) & (_piece.position == LAYOUT)
    await connection.execute(update(import_upload_piece).where(where).values(content=layout))
    counted = update(import_upload).where(_upload.id == upload_id)
    await connection.execute(counted.values(revision=_upload.revision + 1))


async def remove_uploads(connection: AsyncConnection, upload_ids: Iterable[UUID]) -> None:
    """Forget files, with their rows."""
    await connection.execute(delete(import_upload).where(_upload.id.in_(upload_ids)))


async def older_uploads(connection: AsyncConnection, school_id: UUID, kept: int) -> list[UUID]:
    """A school's waiting files but for the newest."""
    rows = await connection.execute(_MANY, {"school_id": school_id, "kept": kept})
    return list(rows.scalars())


async def remove_expired_uploads(connection: AsyncConnection) -> None:
    """Forget every school's files that nobody imported in time."""
    await start_sweeping(connection)
    await connection.execute(_EXPIRED)


async def add_file(
    connection: AsyncConnection,
    run_id: UUID,
    school_id: UUID,
    layout: bytes,
    pieces: AsyncIterator[bytes],
) -> None:
    """Keep the file of a run: its layout, then its rows as they come."""
    rows = {"run_id": run_id, "school_id": school_id}
    first = {**rows, "position": LAYOUT, "content": layout}
    await connection.execute(insert(import_file).values(first))
    position = LAYOUT
    async for content in pieces:
        position += 1
        piece = {**rows, "position": position, "content": content}
        await connection.execute(insert(import_file).values(piece))


async def move_to_run(connection: AsyncConnection, upload_id: UUID, run_id: UUID) -> None:
    """Make a waiting file the file of a run."""
    await connection.execute(_TO_RUN, {"upload_id": upload_id, "run_id": run_id})
    await remove_uploads(connection, [upload_id])


async def read_piece(connection: AsyncConnection, run_id: UUID, position: int) -> bytes | None:
    """One piece of a run's file; None after the last."""
    where = (_file.run_id == run_id) & (_file.position == position)
    found = (await connection.execute(select(_file.content).where(where))).scalar_one_or_none()
    return None if found is None else bytes(found)


async def remove_file(connection: AsyncConnection, run_id: UUID) -> None:
    """Forget the file of a run."""
    await connection.execute(delete(import_file).where(_file.run_id == run_id))
