"""What the API says and hears of files."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from services.importer.application.import_files import ImportFile
from services.importer.sources.headers import FIELDS
from services.importer.sources.layout import Layout, is_complete

RosterField = StrEnum("RosterField", sorted((name, name) for name in FIELDS))  # type: ignore[misc]
_EXAMPLE: JsonDict = {"columns": {"pupil_number": 1, "given_name": 2, "family_name": 4, "klas": 5}}


class Confidence(StrEnum):
    """How sure it is what a column is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    NONE = "none"


class ColumnView(BaseModel):
    """One column of a file."""

    number: int = Field(description="from 1", examples=[5])
    title: str = Field(examples=["Klas/groep"])
    field: RosterField | None = Field(description="what it is, or may be", examples=["klas"])
    confidence: Confidence = Field(
        description="certain: used unless you say otherwise; likely: used when you say so"
    )
    refused: str | None = Field(
        description="Dutch kind of data that Numo must not have; it is dropped", examples=[None]
    )
    shapes: list[str] = Field(
        description="what cells look like: 9 for a digit, a for a letter", examples=[["A9A"]]
    )


class ImportFileView(BaseModel):
    """A file that waits for its import."""

    id: UUID
    kind: Literal["csv", "xlsx"]
    encoding: str | None = Field(description="of a CSV", examples=["cp1252"])
    delimiter: str | None = Field(description="of a CSV", examples=[";"])
    sheet: str | None = Field(description="of a workbook", examples=[None])
    header_line: int = Field(description="line or sheet row of the titles", examples=[1])
    exported_on: date | None = Field(description="if the file says so", examples=[None])
    columns: list[ColumnView]
    is_complete: bool = Field(description="whether it can be imported as it is mapped now")
    expires_at: datetime = Field(description="then it is thrown away")
    revision: int = Field(description="the ETag, as a number", examples=[0])

    @classmethod
    def of(cls, file: ImportFile) -> Self:
        """Show a file."""
        layout = file.layout
        return cls(
            id=file.id,
            kind=layout.kind,
            encoding=layout.encoding,
            delimiter=layout.delimiter,
            sheet=layout.sheet,
            header_line=layout.header_line,
            exported_on=layout.exported_on,
            columns=[_column(layout, at) for at in range(len(layout.titles))],
            is_complete=is_complete(layout.columns),
            expires_at=file.expires_at,
            revision=file.revision,
        )


def _column(layout: Layout, at: int) -> ColumnView:
    certain = {column: name for name, column in layout.columns.items()}.get(at)
    likely = {column: name for name, column in layout.likely.items()}.get(at)
    found = certain or likely
    confidence = Confidence.CERTAIN if certain else Confidence.LIKELY
    return ColumnView(
        number=at + 1,
        title=layout.titles[at],
        field=RosterField(found) if found else None,
        confidence=confidence if found else Confidence.NONE,
        refused=layout.refused.get(at),
        shapes=layout.shapes.get(at, []),
    )


class MappingRequest(BaseModel):
    """Which column is which field; columns that are not named are left out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    columns: dict[RosterField, int] = Field(description="field to column number, from 1")


class ProblemView(BaseModel):
    """What could not be read; the cell as the source has it is for who must mend it only."""

    code: str = Field(examples=["row_not_readable"])
    detail: str = Field(description="Dutch", examples=["klas is door Excel veranderd"])
    place: str = Field(examples=["regel 12, kolom 5"])
    line: int | None = Field(examples=[12])
    column_number: int | None = Field(examples=[5])
    column_title: str | None = Field(examples=["Klas"])
    field: str | None = Field(examples=["klas"])
    value: str | None = Field(description="personal data", examples=["3,00E+02"])
