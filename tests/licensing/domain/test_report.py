from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.licensing.domain.report import (
    BookedEntry,
    Dimension,
    curve,
    totals,
    use_rows,
)
from shared.clock import Schooljaar

YEAR = Schooljaar(2026)
TODAY = YEAR.first_day + timedelta(days=200)
BEGIN = datetime(2026, 8, 1, tzinfo=UTC)


def _entry(drawn: Any) -> BookedEntry:
    number, kind, product, amount, hours, site, klas, activity = drawn
    return BookedEntry(
        id=UUID(int=number),
        pool_id=UUID(int=len(product)),
        license_product=product,
        kind=kind,
        amount={"grant": amount, "use": -1, "release": 1}[kind],
        booked_at=BEGIN + timedelta(hours=hours),
        license_id=None,
        reason=None,
        vestiging_code=site,
        klas=klas,
        activity_kind=activity,
    )


ENTRIES = st.lists(
    st.tuples(
        st.integers(1, 10**9),
        st.sampled_from(["grant", "use", "use", "release"]),
        st.sampled_from(["taal", "rekenen"]),
        st.integers(-9, 99),
        st.integers(0, 24 * 364),
        st.sampled_from(["99ZX01", "99ZX02", None]),
        st.sampled_from(["1a", "1b", None]),
        st.sampled_from(["oefening", "sprongtoets", None]),
    ).map(_entry),
    max_size=40,
)


@given(ENTRIES, st.sets(st.sampled_from(Dimension)))
def test_however_it_is_split_the_parts_add_up_to_the_total(
    entries: list[BookedEntry], split_by: set[Dimension]
) -> None:
    parts: Counter[str] = Counter()
    for row in use_rows(entries, split_by):
        parts[row.license_product] += row.used
        for dimension in Dimension:
            assert dimension in split_by or getattr(row, dimension) is None
    for pool in totals(entries, YEAR, TODAY):
        assert parts[pool.license_product] == pool.used
        own = [e for e in entries if e.license_product == pool.license_product]
        assert pool.granted - pool.used == sum(entry.amount for entry in own)
        assert pool.left - pool.overdrawn_by == pool.granted - pool.used


@given(ENTRIES)
def test_the_running_totals_end_at_the_total_and_order_never_matters(
    entries: list[BookedEntry],
) -> None:
    drawn = curve(entries)
    assert drawn == curve(entries[::-1])
    assert totals(entries, YEAR, TODAY) == totals(entries[::-1], YEAR, TODAY)
    for points, of_grants in ((drawn.granted, True), (drawn.used, False)):
        own = [entry for entry in entries if (entry.kind == "grant") == of_grants]
        total = sum(entry.amount for entry in own) * (1 if of_grants else -1)
        assert (points[-1][1] if points else 0) == total
        assert [day for day, _ in points] == sorted({entry.day for entry in own})


def test_a_booking_belongs_to_the_dutch_day_and_month() -> None:
    late = BEGIN.replace(month=10, day=31, hour=23)
    drawn = (1, "use", "taal", 0, 0, None, None, None)
    [row] = use_rows([_entry(drawn)], [Dimension.MONTH])
    assert row.month == "2026-08"
    moved = BookedEntry(**{**vars(_entry(drawn)), "booked_at": late})
    [row] = use_rows([moved], [Dimension.MONTH])
    assert row.month == "2026-11"
