"""Files that wait: uploaded, looked at, their columns confirmed, then imported."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Self
from uuid import UUID

from services.importer.application.bring_file import (
    SentFile,
    in_thread,
    refused_files,
    tell_dropped,
)
from services.importer.application.start_import import ImportOrder, once
from services.importer.sources.layout import Layout
from services.importer.store.uploads import (
    Upload,
    add_upload,
    add_upload_rows,
    find_upload,
    older_uploads,
    remove_uploads,
    set_layout,
)
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.ids import new_id

_MOST_WAITING = 5


@dataclass(frozen=True)
class ImportFile:
    """A waiting file as its school sees it."""

    id: UUID
    revision: int
    expires_at: datetime
    layout: Layout

    @classmethod
    def of(cls, upload: Upload) -> Self:
        """As it is stored."""
        layout = Layout.model_validate_json(upload.layout)
        return cls(upload.id, upload.revision, upload.expires_at, layout)


async def put_file(
    database: Database, keep_hours: float, order: ImportOrder, file: BinaryIO
) -> ImportFile:
    """Keep a file without the columns that Numo must not have, and propose what the others are.

    A school keeps five at most: the oldest makes room. A repeat with the same idempotency key
    finds the file of the first time.

    Raises:
        Refusal: file_not_readable, file_not_trusted, not_found (no such school, or the file of
            the first time is gone), idempotency_key_reused.

    """
    sent = await SentFile.received(file)
    layout = sent.opened.layout

    async def keep() -> dict[str, Any]:
        until = now() + timedelta(hours=keep_hours)
        upload = Upload(new_id(), 0, until, layout.model_dump_json().encode())
        await add_upload(connection, upload, order.school_id, order.caller)
        pieces = in_thread(sent.opened.pieces())
        await add_upload_rows(connection, upload.id, order.school_id, pieces)
        older = await older_uploads(connection, order.school_id, _MOST_WAITING)
        await remove_uploads(connection, older)
        tell_dropped(layout)
        return {"id": str(upload.id)}

    request = {"school": order.school_id, "upload": sent.fingerprint}
    with refused_files():
        async with database.transaction(order.school_id) as connection:
            answer = await once(connection, order, request, keep)
    return await read_file(database, order.school_id, UUID(answer["id"]))


async def read_file(database: Database, school_id: UUID, file_id: UUID) -> ImportFile:
    """A file that waits; not_found when it is another's, imported or expired."""
    async with database.transaction(school_id) as connection:
        found = await find_upload(connection, file_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return ImportFile.of(found)


async def map_columns(
    database: Database,
    school_id: UUID,
    file_id: UUID,
    columns: Mapping[str, int],
    expected_revisions: Collection[int] | None,
) -> ImportFile:
    """Say which column is which field; all that is not named is left out.

    Raises:
        Refusal: not_found, mapping_changed, file_not_readable (a column that does not exist or
            may not be used, or too few to know anybody by).

    """
    async with database.transaction(school_id) as connection:
        found = await find_upload(connection, file_id, lock=True)
        if found is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if expected_revisions is not None and found.revision not in expected_revisions:
            raise Refusal(ErrorCode.MAPPING_CHANGED)
        with refused_files():
            layout = ImportFile.of(found).layout.mapped(columns)
            layout.check_complete()
        await set_layout(connection, file_id, layout.model_dump_json().encode())
    return await read_file(database, school_id, file_id)


async def drop_file(database: Database, school_id: UUID, file_id: UUID) -> None:
    """Forget a file; no matter whether it is there."""
    async with database.transaction(school_id) as connection:
        await remove_uploads(connection, [file_id])
