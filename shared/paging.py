"""Cursor paging: one convention for every list of every service."""

import base64
import binascii
import json
import re
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal

Item = TypeVar("Item")
_DIGITS = re.compile("[0-9]+")
Limit = Annotated[int, Query(ge=1, le=500, description="rows per page")]
Cursor = Annotated[str | None, Query(max_length=512, description="`next` of the page before")]


class Page(BaseModel, Generic[Item]):
    """Part of a list, in a fixed order."""

    items: list[Item]
    next: str | None = Field(None, description="cursor of the next page; null on the last")


def encode_cursor(*position: str) -> str:
    """An opaque cursor for the sort key of a page's last row."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, parts: int) -> tuple[str, ...] | None:
    """The sort key in a cursor, or None on the first page.

    Raises:
        Refusal: invalid_request, when the cursor is not one of ours.

    """
    if cursor is None:
        return None
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        position = None
    if (
        not isinstance(position, list)
        or len(position) != parts
        or not all(isinstance(part, str) for part in position)
    ):
        raise cursor_refused()
    return tuple(position)


def decode_id(cursor: str | None) -> UUID | None:
    """The row id in the cursor of a list that is sorted by id, or None on the first page.

    Raises:
        Refusal: invalid_request, when the cursor is not one of ours.

    """
    position = decode_cursor(cursor, 1)
    try:
        return None if position is None else UUID(position[0])
    except ValueError:
        raise cursor_refused() from None


def decode_number(cursor: str | None, most_digits: int = 18) -> int | None:
    """The number in the cursor of a list that is sorted by one, or None on the first page.

    At most as long as a bigint may be: what is longer would not fit the database.

    Raises:
        Refusal: invalid_request, when the cursor is not one of ours.

    """
    position = decode_cursor(cursor, 1)
    if position is None:
        return None
    if len(position[0]) > most_digits or _DIGITS.fullmatch(position[0]) is None:
        raise cursor_refused()
    return int(position[0])


def cursor_refused() -> Refusal:
    """The refusal of a cursor that is not one of ours."""
    wrong = FieldError("cursor", "deze bladwijzer is niet geldig")
    return Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,))
