"""A school's license report."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from services.licensing.api.dependencies import Looking
from services.licensing.api.models import ID_EXAMPLE, Code, SchooljaarText
from services.licensing.application.report_licenses import draw_report, read_report
from services.licensing.application.report_tables import ReportTable, table_of
from services.licensing.domain.projection import Outlook
from services.licensing.domain.report import Dimension
from shared.app_parts import OwnDatabase
from shared.clock import Schooljaar
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses
from shared.tabular import CSV_TYPE, XLSX_TYPE, attachment, csv_lines, xlsx_bytes

router = APIRouter(prefix="/v1/license-reports/{schooljaar}", tags=["license reports"])
Year = Annotated[SchooljaarText, Path(examples=["2026-2027"])]
Product = Annotated[Code | None, Query(description="only this license product")]
SplitBy = Annotated[
    list[Dimension] | None, Query(description="split uses by these; left out, by all of them")
]
_SVG = "image/svg+xml"


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ProjectionResource(_Shown):
    """When the pool runs out, if pupils go on as in the last four weeks."""

    outlook: Outlook
    runs_out_on: date | None = Field(description="when the last license is used")
    expected_at_end: int | None = Field(
        description="pupils that would have used one by the end of the schooljaar", examples=[140]
    )


class TotalResource(_Shown):
    """A pool as its entries add up."""

    pool_id: UUID = Field(examples=[ID_EXAMPLE])
    license_product: str = Field(examples=["numo-rekenen"])
    granted: int = Field(examples=[120])
    used: int = Field(examples=[37])
    left: int = Field(examples=[83])
    overdrawn_by: int = Field(examples=[0])
    projection: ProjectionResource


class UseRowResource(_Shown):
    """Licenses used, less those given back; null where unknown, or not split by."""

    license_product: str = Field(examples=["numo-rekenen"])
    vestiging: str | None = Field(description="vestigingscode, as of today", examples=["99ZX01"])
    klas: str | None = Field(description="stamgroep, as of today", examples=["2vA"])
    month: str | None = Field(description="when it was booked", examples=["2026-11"])
    activity_kind: str | None = Field(description="of the first start", examples=["oefening"])
    used: int = Field(examples=[4])


class ReportResource(BaseModel):
    """What a school has and has used in a schooljaar, at one moment."""

    school_id: UUID = Field(examples=[ID_EXAMPLE])
    schooljaar: str = Field(examples=["2026-2027"])
    made_at: datetime
    split_by: list[Dimension]
    pools: list[TotalResource]
    uses: list[UseRowResource]


@router.get("", summary="A school's license report", operation_id="read_license_report")
async def read(
    schooljaar: Year,
    acting: Looking,
    database: OwnDatabase,
    license_product: Product = None,
    split_by: SplitBy = None,
) -> ReportResource:
    """Used, left and projected, per license product; and who used them, split as asked."""
    year = Schooljaar.parse(schooljaar)
    report = await read_report(database, acting, year, license_product)
    dimensions = _dimensions(split_by)
    return ReportResource(
        school_id=acting.school_id,
        schooljaar=schooljaar,
        made_at=report.made_at,
        split_by=list(dimensions),
        pools=[TotalResource.model_validate(pool) for pool in report.pools],
        uses=[UseRowResource.model_validate(row) for row in report.rows(dimensions)],
    )


@router.get(
    "/use.svg",
    summary="A pool's use over the schooljaar, drawn",
    operation_id="draw_license_report",
    response_class=Response,
    responses={200: {"content": {_SVG: {}}}, **problem_responses(ErrorCode.NOT_FOUND)},
)
async def draw(
    schooljaar: Year,
    acting: Looking,
    database: OwnDatabase,
    license_product: Annotated[Code, Query(examples=["numo-rekenen"])],
) -> Response:
    """Licenses in use by day beside what was granted, and where it goes in this tempo."""
    year = Schooljaar.parse(schooljaar)
    drawn = await draw_report(database, acting, year, license_product)
    # An SVG is a document: whatever a name in it may say, it runs and loads nothing.
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(drawn, media_type=_SVG, headers=headers)


@router.get(
    "/{table}.{file_format}",
    summary="A table of the report as CSV or XLSX",
    operation_id="download_license_report",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}, XLSX_TYPE: {}}}},
)
async def download(
    *,
    schooljaar: Year,
    table: ReportTable,
    file_format: Literal["csv", "xlsx"],
    acting: Looking,
    database: OwnDatabase,
    license_product: Product = None,
    split_by: SplitBy = None,
) -> Response:
    """`totals` has a row a pool, `uses` what they add up from, `entries` every single booking.

    The other two can be recomputed from `entries`, by anyone.
    """
    year = Schooljaar.parse(schooljaar)
    report = await read_report(database, acting, year, license_product)
    header, rows = table_of(report, table, _dimensions(split_by))
    name = attachment(f"licenties-{schooljaar}-{table}.{file_format}")
    if file_format == "csv":
        return Response(b"".join(csv_lines(header, rows)), media_type=CSV_TYPE, headers=name)
    made = await run_in_threadpool(xlsx_bytes, header, rows)
    return Response(made, media_type=XLSX_TYPE, headers=name)


def _dimensions(split_by: list[Dimension] | None) -> Sequence[Dimension]:
    return list(Dimension) if split_by is None else sorted(set(split_by))
