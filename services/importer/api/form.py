"""The file in a multipart form."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO

from fastapi import Request
from starlette.datastructures import UploadFile

from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@asynccontextmanager
async def sent_form_file(request: Request) -> AsyncIterator[BinaryIO]:
    """The file in form field `file`, until the block ends.

    Raises:
        Refusal: invalid_request without one, request_refused for a form that is none.

    """
    try:
        form = await request.form(max_files=1, max_fields=4)
    except (UnicodeError, LookupError):
        # A charset that does not exist: python-multipart lets it through.
        raise Refusal(ErrorCode.REQUEST_REFUSED) from None
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            missing = FieldError("file", "kies een CSV- of Excel-bestand")
            raise Refusal(ErrorCode.INVALID_REQUEST, errors=(missing,))
        yield file.file
    finally:
        await form.close()
