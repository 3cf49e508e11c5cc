"""Read a school's license report: made when it is asked for, and never in the way of a start."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock_time

from services.licensing.application.plot_use import PlotFacts, plot_use
from services.licensing.domain.report import (
    BookedEntry,
    Dimension,
    PoolTotal,
    UseRow,
    curve,
    totals,
    use_rows,
)
from services.licensing.store.entries import Wanted, booked_entries
from services.licensing.store.products import find_license_product
from shared.auth.acting import Acting
from shared.clock import AMSTERDAM, Schooljaar, now, today
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

# A start that a pupil's clock dates a little outside the schooljaar is looked for, too.
_MARGIN = timedelta(days=2)


@dataclass(frozen=True)
class Report:
    """What a school has and has used in a schooljaar, as its entries add up at a moment."""

    schooljaar: Schooljaar
    made_at: datetime
    entries: list[BookedEntry]
    pools: list[PoolTotal]

    def rows(self, split_by: Collection[Dimension]) -> list[UseRow]:
        """The licenses used, split as asked."""
        return use_rows(self.entries, split_by)


async def read_report(
    database: Database,
    acting: Acting,
    schooljaar: Schooljaar,
    license_product: str | None = None,
) -> Report:
    """A school's report, of one license product if it is named; empty when nothing was granted."""
    wanted = Wanted(
        acting.school_id,
        str(schooljaar),
        datetime.combine(schooljaar.first_day, clock_time(), AMSTERDAM) - _MARGIN,
        datetime.combine(schooljaar.last_day, clock_time(), AMSTERDAM) + _MARGIN,
        acting.only_product,
        license_product,
    )
    async with database.transaction(acting.school_id) as connection:
        entries = await booked_entries(connection, wanted)
    return Report(schooljaar, now(), entries, totals(entries, schooljaar, today()))


async def draw_report(
    database: Database, acting: Acting, schooljaar: Schooljaar, license_product: str
) -> bytes:
    """A picture (SVG) of a pool's use over the schooljaar.

    Raises:
        Refusal: not_found, when the school has no such pool.

    """
    report = await read_report(database, acting, schooljaar, license_product)
    if not report.pools:
        raise Refusal(ErrorCode.NOT_FOUND)
    async with database.transaction() as connection:
        covered = await find_license_product(connection, license_product)
    name = license_product if covered is None else covered.name
    facts = PlotFacts(name, schooljaar, today(), report.pools[0], curve(report.entries))
    # Drawing takes tenths of a second of pure computing.
    return await asyncio.to_thread(plot_use, facts)
