from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.licensing.domain.start import ActivityKind, Caller, KeyedStart, Start, rounds
from shared.clock import AMSTERDAM

moments = st.integers(946_684_800, 4_070_908_800).map(lambda s: datetime.fromtimestamp(s, UTC))
starts = st.builds(
    Start,
    person_id=st.uuids(),
    license_product=st.text(max_size=5),
    activity_kind=st.sampled_from(ActivityKind),
    activity_id=st.text(max_size=5),
    started_at=moments,
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
START = Start(
    UUID(int=1), "rekenen", ActivityKind.OEFENING, "a", datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
)


@given(starts, zones)
def test_a_repeat_is_known_in_whatever_zone_it_writes_its_time(
    start: Start, zone: timezone
) -> None:
    repeat = replace(start, started_at=start.started_at.astimezone(zone))
    assert repeat.fingerprint == start.fingerprint
    assert repeat.key(None) == start.key(None)
    assert repeat.schooljaar == start.schooljaar


@given(starts, starts)
def test_another_start_has_another_fingerprint(one: Start, other: Start) -> None:
    assert (one == other) == (one.fingerprint == other.fingerprint)


def test_words_that_run_into_each_other_are_told_apart() -> None:
    assert (
        replace(START, license_product="ab", activity_id="c").fingerprint
        != replace(START, license_product="a", activity_id="bc").fingerprint
    )


def test_the_callers_key_is_taken_as_it_is_and_never_equals_a_derived_one() -> None:
    assert START.key("k") == "k"
    assert START.key(None).startswith("derived:")


@pytest.mark.parametrize(
    ("moment", "schooljaar"),
    [
        (datetime(2026, 7, 31, 23, 59, 59, 999000, tzinfo=AMSTERDAM), "2025-2026"),
        (datetime(2026, 8, 1, 0, 0, tzinfo=AMSTERDAM), "2026-2027"),
        (datetime(2026, 7, 31, 21, 59, 59, tzinfo=UTC), "2025-2026"),
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), "2026-2027"),
    ],
)
def test_the_schooljaar_turns_at_midnight_in_the_netherlands(
    moment: datetime, schooljaar: str
) -> None:
    assert str(replace(START, started_at=moment).schooljaar) == schooljaar


_MONTH = 31 * 24 * 3600


@given(
    moments, st.integers(-2 * _MONTH, 100_000) | st.sampled_from([600, 601, -_MONTH, -_MONTH - 1])
)
def test_a_clock_may_be_ten_minutes_ahead_and_a_call_a_month_late(
    moment: datetime, seconds: int
) -> None:
    start = replace(START, started_at=moment + timedelta(seconds=seconds))
    assert start.is_plausible(moment) == (-_MONTH <= seconds <= 600)


keyed_starts = st.builds(
    KeyedStart,
    st.builds(replace, st.just(START), activity_id=st.sampled_from("ab")),
    st.sampled_from("kl"),
    st.sampled_from([Caller(UUID(int=2)), Caller(UUID(int=3))]),
)


@given(st.lists(keyed_starts, max_size=8))
def test_rounds_hold_every_start_once_and_no_key_twice(given_starts: list[KeyedStart]) -> None:
    made = rounds(given_starts)
    starts = [[given_starts[place] for place in places] for places in made]
    assert all(len({one.scope for one in one_round}) == len(one_round) for one_round in starts)
    flat = [one for one_round in starts for one in one_round]
    assert len(flat) == len(set(flat)) == len(set(given_starts))
    assert set(flat) == set(given_starts)
    assert all(places == sorted(places) for places in made)
