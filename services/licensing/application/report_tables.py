"""A license report as tables for people who open them in Excel."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from services.licensing.application.report_licenses import Report
from services.licensing.domain.projection import Outlook
from services.licensing.domain.report import BookedEntry, Dimension, PoolTotal, UseRow
from shared.tabular import Cell

_OUTLOOKS = {
    Outlook.UNKNOWN: "nog niet te zeggen",
    Outlook.LASTS: "genoeg voor dit schooljaar",
    Outlook.RUNS_OUT: "raakt op",
    Outlook.EMPTY: "op",
}
_KINDS = {"grant": "toegekend", "use": "gebruikt", "release": "vrijgegeven"}


class ReportTable(StrEnum):
    """What there is to download; `entries` is what the other two can be recomputed from."""

    TOTALS = "totals"
    USES = "uses"
    ENTRIES = "entries"


_HEADERS = {
    ReportTable.TOTALS: (
        *("licentieproduct", "schooljaar", "toegekend", "gebruikt", "over"),
        *("boven toegekend", "prognose", "raakt op rond", "verwacht eind schooljaar", "pool-id"),
    ),
    ReportTable.USES: (
        *("licentieproduct", "vestiging", "klas", "maand", "soort activiteit", "gebruikt"),
    ),
    ReportTable.ENTRIES: (
        *("licentieproduct", "soort boeking", "aantal", "geboekt op", "vestiging", "klas"),
        *("soort activiteit", "reden", "boeking-id", "pool-id", "licentie-id"),
    ),
}


def table_of(
    report: Report, table: ReportTable, split_by: Sequence[Dimension]
) -> tuple[Sequence[str], Iterator[Sequence[Cell]]]:
    """A header and rows; `amount` of an entry is what it adds to the licenses left."""
    return _HEADERS[table], _rows(report, table, split_by)


def _rows(
    report: Report, table: ReportTable, split_by: Sequence[Dimension]
) -> Iterator[Sequence[Cell]]:
    match table:
        case ReportTable.TOTALS:
            yield from (_total(report, pool) for pool in report.pools)
        case ReportTable.USES:
            yield from (_use(row) for row in report.rows(split_by))
        case ReportTable.ENTRIES:
            yield from (_entry(entry) for entry in report.entries)


def _total(report: Report, pool: PoolTotal) -> Sequence[Cell]:
    ahead = pool.projection
    return (
        *(pool.license_product, str(report.schooljaar), pool.granted, pool.used, pool.left),
        *(pool.overdrawn_by, _OUTLOOKS[ahead.outlook], ahead.runs_out_on),
        *(ahead.expected_at_end, str(pool.pool_id)),
    )


def _use(row: UseRow) -> Sequence[Cell]:
    return (
        row.license_product,
        row.vestiging,
        row.klas,
        row.month,
        row.activity_kind,
        row.used,
    )


def _entry(entry: BookedEntry) -> Sequence[Cell]:
    return (
        *(entry.license_product, _KINDS[entry.kind], entry.amount, entry.booked_at),
        *(entry.vestiging_code, entry.klas, entry.activity_kind, entry.reason),
        *(str(entry.id), str(entry.pool_id)),
        None if entry.license_id is None else str(entry.license_id),
    )
