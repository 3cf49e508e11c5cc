"""Rows to wire models, one by one: one that cannot be read is reported, the rest goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from services.connector.somtoday.kinds import Kind
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


@dataclass(frozen=True)
class Unreadable:
    """A row that is not what it should be; `fields` are the wrong ones, none when all of it is."""

    raw: object
    fields: Sequence[str]


def read_row(model: type[Row], row: object) -> Row | Unreadable:
    """A row, or which of its fields cannot be read."""
    try:
        return model.model_validate(row)
    except ValidationError as error:
        items = error.errors(include_input=False, include_context=False, include_url=False)
        return Unreadable(row, sorted({str(item["loc"][0]) for item in items if item["loc"]}))


def not_readable(row: Unreadable, kind: Kind, place: str) -> ProblemRecord:
    """The report of a row that cannot be read: which fields, never what they hold."""
    return ProblemRecord(
        code="row_not_readable",
        detail=f"Niet leesbaar: {', '.join(row.fields) or 'de hele rij'}.",
        place=place,
        missing=kind.in_roster,
        key=uuid_of(row.raw),
    )


def without_uuid(kind: Kind, place: str) -> ProblemRecord:
    """The report of a row that cannot be told from others."""
    return ProblemRecord(
        code="row_without_uuid",
        detail="De rij heeft geen uuid.",
        place=place,
        missing=kind.in_roster,
    )


def without_groups(uuid: str, place: str) -> ProblemRecord:
    """The report of a pupil whose groups were not sent: an empty list would have been one."""
    return ProblemRecord(
        code="row_not_readable",
        detail="De plaatsingen of lesgroepen ontbreken.",
        place=place,
        missing=Kind.LEERLING.in_roster,
        key=uuid,
    )


def with_gaps(names: Sequence[str], place: str) -> ProblemRecord:
    """The report of fields that everybody has and a row did not."""
    detail = f"Ontbreekt: {', '.join(names)}; wat in Numo staat blijft zo."
    return ProblemRecord(code="field_missing", detail=detail, place=place)


def unlisted(uuid: str) -> ProblemRecord:
    """The report of a pupil whom a group names and no page held."""
    return ProblemRecord(
        code="row_missing",
        detail="Een groep noemt een leerling die Somtoday niet bij de leerlingen gaf.",
        place=Kind.LEERLING.word,
        missing=Kind.LEERLING.in_roster,
        key=uuid,
    )


def pages_moved(kind: Kind, site: str) -> ProblemRecord:
    """The report of a list that never stood still: anybody of its kind may be lacking."""
    return ProblemRecord(
        code="pages_moved",
        detail="Somtoday's lijst verschoof telkens terwijl zij gelezen werd, dus kan er iemand "
        "ontbreken: archiveren wordt hier niet aangeboden.",
        place=f"{kind.word} ({site})",
        missing=kind.in_roster,
    )


def uuid_of(row: object) -> str | None:
    """The uuid of a row that cannot be read otherwise."""
    found = row.get("uuid") if isinstance(row, dict) else None
    try:
        return str(UUID(found)) and found if isinstance(found, str) else None
    except ValueError:
        return None
