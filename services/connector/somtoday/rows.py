"""Rows to wire models, one by one: a row that cannot be read is reported, the rest goes on."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.roster.document import ProblemRecord

Row = TypeVar("Row", bound=BaseModel)


def read_all(model: type[Row], rows: Sequence[Any]) -> list[Row]:
    """The rows that can be read, for short lists where one row says nothing about another."""
    found = []
    for row in rows:
        try:
            found.append(model.model_validate(row))
        except ValidationError:
            continue
    return found


def read_row(model: type[Row], row: object, place: str) -> Row | ProblemRecord:
    """A row, or the report that it cannot be read: which fields, never what they hold."""
    try:
        return model.model_validate(row)
    except ValidationError as error:
        items = error.errors(include_input=False, include_context=False, include_url=False)
        fields = sorted({str(item["loc"][0]) for item in items if item["loc"]})
        detail = f"Niet leesbaar: {', '.join(fields) or 'de hele rij'}."
        return ProblemRecord(code="row_not_readable", detail=detail, place=place)


def without_uuid(place: str) -> ProblemRecord:
    """The report of a row that cannot be told from others."""
    return ProblemRecord(code="row_without_uuid", detail="De rij heeft geen uuid.", place=place)
