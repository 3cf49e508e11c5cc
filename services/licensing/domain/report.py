"""A school's license report: nothing but sums of its ledger's entries."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from services.licensing.domain.projection import Projection, project
from shared.clock import AMSTERDAM, Schooljaar

GRANT = "grant"


@dataclass(frozen=True)
class BookedEntry:
    """An entry of the ledger, and what is known of its license now.

    `amount` is what it adds to the licenses that are left. `vestiging_code` and `klas` are where
    the pupil is today, `activity_kind` is what the license was first used for; null when unknown.
    """

    id: UUID
    pool_id: UUID
    license_product: str
    kind: str
    amount: int
    booked_at: datetime
    license_id: UUID | None
    reason: str | None
    vestiging_code: str | None
    klas: str | None
    activity_kind: str | None

    @property
    def day(self) -> date:
        """The calendar day in the Netherlands on which it was booked."""
        return self.booked_at.astimezone(AMSTERDAM).date()


class Dimension(StrEnum):
    """What a report can be split by."""

    VESTIGING = "vestiging"
    KLAS = "klas"
    MONTH = "month"
    ACTIVITY_KIND = "activity_kind"


@dataclass(frozen=True)
class PoolTotal:
    """A pool as its entries add up."""

    pool_id: UUID
    license_product: str
    granted: int
    used: int
    projection: Projection

    @property
    def left(self) -> int:
        """Licenses that are granted and not used yet."""
        return max(self.granted - self.used, 0)

    @property
    def overdrawn_by(self) -> int:
        """Licenses that are used beyond what was granted."""
        return max(self.used - self.granted, 0)


@dataclass(frozen=True)
class UseRow:
    """Licenses used, less those given back; a dimension that was not asked for is null."""

    license_product: str
    vestiging: str | None
    klas: str | None
    month: str | None
    activity_kind: str | None
    used: int


@dataclass(frozen=True)
class Curve:
    """Running totals: by day on which something was booked, what was granted and used by then."""

    granted: Sequence[tuple[date, int]]
    used: Sequence[tuple[date, int]]


def totals(entries: Iterable[BookedEntry], schooljaar: Schooljaar, today: date) -> list[PoolTotal]:
    """What each pool has, used, and will use."""
    by_pool = sorted(entries, key=lambda entry: (entry.license_product, entry.pool_id))
    found = []
    for pool_id, group in groupby(by_pool, key=lambda entry: entry.pool_id):
        own = list(group)
        granted = sum(entry.amount for entry in own if entry.kind == GRANT)
        uses = uses_by_day(own)
        projection = project(uses, granted, today=today, last_day=schooljaar.last_day)
        product, used = own[0].license_product, sum(uses.values())
        found.append(PoolTotal(pool_id, product, granted, used, projection))
    return found


def use_rows(entries: Iterable[BookedEntry], split_by: Collection[Dimension]) -> list[UseRow]:
    """Licenses used, split as asked; what was given back again is in no row."""
    counts: Counter[tuple[str | None, ...]] = Counter()
    for entry in entries:
        if entry.kind != GRANT:
            counts[entry.license_product, *_place_in(entry, split_by)] -= entry.amount
    ordered = sorted(counts.items(), key=lambda item: tuple(part or "" for part in item[0]))
    return [
        UseRow(product or "", vestiging, klas, month, kind, used)
        for (product, vestiging, klas, month, kind), used in ordered
        if used
    ]


def curve(entries: Iterable[BookedEntry]) -> Curve:
    """The running totals of one pool's entries."""
    own = list(entries)
    grants: Counter[date] = Counter()
    for entry in own:
        if entry.kind == GRANT:
            grants[entry.day] += entry.amount
    return Curve(_running(grants), _running(uses_by_day(own)))


def uses_by_day(entries: Iterable[BookedEntry]) -> Counter[date]:
    """Licenses used on each day, less those given back on it."""
    uses: Counter[date] = Counter()
    for entry in entries:
        if entry.kind != GRANT:
            uses[entry.day] -= entry.amount
    return uses


def _place_in(
    entry: BookedEntry, split_by: Collection[Dimension]
) -> tuple[str | None, str | None, str | None, str | None]:
    month = f"{entry.day:%Y-%m}"
    return (
        entry.vestiging_code if Dimension.VESTIGING in split_by else None,
        entry.klas if Dimension.KLAS in split_by else None,
        month if Dimension.MONTH in split_by else None,
        entry.activity_kind if Dimension.ACTIVITY_KIND in split_by else None,
    )


def _running(counts: Counter[date]) -> list[tuple[date, int]]:
    total, found = 0, []
    for day in sorted(counts):
        total += counts[day]
        found.append((day, total))
    return found
