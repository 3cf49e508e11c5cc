from hypothesis import given
from hypothesis import strategies as st

from services.licensing.domain.pool_level import PoolLevel, is_news, level_of

amounts = st.integers(0, 10_000)


@given(amounts, amounts)
def test_a_level_is_reached_at_its_percentage_and_not_before(granted: int, used: int) -> None:
    level = level_of(granted, used)
    if level is PoolLevel.OVERDRAWN:
        assert used > granted
    elif granted:
        assert used * 100 >= int(level) * granted
        higher = [step for step in PoolLevel if level < step <= PoolLevel.EMPTY]
        assert all(used * 100 < int(step) * granted for step in higher)


@given(amounts, amounts, st.integers(0, 100))
def test_more_use_never_lowers_a_level(granted: int, used: int, more: int) -> None:
    assert level_of(granted, used + more) >= level_of(granted, used)


def test_a_pool_that_never_was_filled_has_not_run_empty() -> None:
    assert level_of(0, 0) is PoolLevel.AMPLE


@given(st.sampled_from(PoolLevel), st.sampled_from(PoolLevel))
def test_only_a_higher_level_is_news(told: PoolLevel, reached: PoolLevel) -> None:
    assert is_news(told, reached) == (reached > told)
